import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { ApiError } from '../api/api-error.ts';
import type { ApiClient } from '../api/client.ts';
import { problemText } from '../api/problem.ts';
import type { CameraReport, NewStream } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { CameraFields } from './camera-fields.tsx';
import {
  type CameraForm,
  type CameraProblems,
  cameraRequest,
  checkCamera,
  serverProblems,
  subRequest,
} from './camera-form.ts';
import { CameraPreview } from './camera-preview.tsx';
import { Findings } from './findings.tsx';

/** A camera may take its time to answer. */
const PROBE_MS = 45_000;

/** Address and login of a camera: tried before it is kept, and kept. */
export function AddByAddress(props: { form: CameraForm; onChange: (form: CameraForm) => void }) {
  const { form } = props;
  const api = useApi();
  const navigate = useNavigate();
  const client = useQueryClient();
  const element = useRef<HTMLFormElement>(null);
  const [problems, setProblems] = useState<CameraProblems>({});
  const [busy, setBusy] = useState<'check' | 'add' | null>(null);
  const [report, setReport] = useState<CameraReport | null>(null);
  const [looked, setLooked] = useState(form);

  const fail = (found: CameraProblems) => {
    setProblems(found);
    requestAnimationFrame(() =>
      element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    );
  };
  const attempt = (what: 'check' | 'add', task: () => Promise<void>, checked: CameraForm) => {
    const found = checkCamera(checked);
    if (Object.keys(found).length > 0) return fail(found);
    setProblems({});
    setBusy(what);
    task()
      .catch((error: unknown) => fail(what === 'check' ? probeProblems(error) : serverProblems(error)))
      .finally(() => setBusy(null));
  };
  const check = () =>
    attempt(
      'check',
      async () => {
        setReport(null);
        setLooked(form);
        const { source_url } = cameraRequest(form);
        setReport(await api.post<CameraReport>('/api/probe', { source_url }, { timeoutMs: PROBE_MS }));
      },
      // It needs no name to be looked at.
      { ...form, id: 'x' },
    );
  const add = (event: FormEvent) => {
    event.preventDefault();
    attempt(
      'add',
      async () => {
        const { id } = await keep(api, form);
        await client.invalidateQueries({ queryKey: ['streams'] });
        await navigate({ to: '/cameras/$id', params: { id } });
      },
      form,
    );
  };
  return (
    <form
      ref={element}
      className="grid items-start gap-3 md:grid-cols-2"
      onSubmit={add}
      noValidate
      autoComplete="off"
    >
      <div className="card grid gap-4">
        <CameraFields form={form} problems={problems} onChange={props.onChange} />
        <Problem text={problems.form} />
        <div className="flex flex-wrap justify-end gap-2">
          <button type="button" className="button" onClick={check} disabled={busy !== null} data-part="check">
            {busy === 'check' ? t.addCamera.checking : t.addCamera.check}
          </button>
          <button type="submit" className="button primary" disabled={busy !== null}>
            {busy === 'add' ? t.addCamera.busy : t.addCamera.submit}
          </button>
        </div>
      </div>
      <Findings report={report} busy={busy === 'check'}>
        <CameraPreview form={looked} />
      </Findings>
    </form>
  );
}

async function keep(api: ApiClient, form: CameraForm): Promise<NewStream> {
  const request = cameraRequest(form);
  await api.createStream(request);
  const sub = subRequest(form);
  // Without its small picture the camera is one all the same.
  if (sub) await api.createStream(sub).catch(() => undefined);
  return request;
}

/** What kept the camera from being looked at. */
function probeProblems(error: unknown): CameraProblems {
  if (error instanceof ApiError && error.code === 'CAMERA_UNAUTHORIZED')
    return { username: t.fault.auth_failed };
  // The camera's own refusals have status codes of a server in front of us: its words say more.
  if (error instanceof ApiError && error.code.startsWith('CAMERA_')) return { url: error.message };
  const found = serverProblems(error);
  return found.form === undefined ? found : { form: problemText(error) };
}
