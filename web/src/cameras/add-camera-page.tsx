import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { usePageTitle } from '../app/use-page-title.ts';
import { Problem } from '../controls/problem.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { CameraFields } from './camera-fields.tsx';
import {
  type CameraProblems,
  cameraRequest,
  checkCamera,
  EMPTY_CAMERA,
  serverProblems,
} from './camera-form.ts';

/** The form that adds a camera; the server's refusal appears at the field it is about. */
export function AddCameraPage() {
  const api = useApi();
  const navigate = useNavigate();
  const client = useQueryClient();
  const heading = usePageTitle(t.addCamera.title);
  const [form, setForm] = useState(EMPTY_CAMERA);
  const [problems, setProblems] = useState<CameraProblems>({});
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    const fail = (found: CameraProblems) => {
      setProblems(found);
      setBusy(false);
      requestAnimationFrame(() => element.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    };
    const found = checkCamera(form);
    if (Object.keys(found).length > 0) return fail(found);
    setBusy(true);
    setProblems({});
    const request = cameraRequest(form);
    try {
      await api.createStream(request);
      await client.invalidateQueries({ queryKey: ['streams'] });
      await navigate({ to: '/cameras/$id', params: { id: request.id } });
    } catch (error) {
      fail(serverProblems(error));
    }
  };

  return (
    <form
      className="card mx-auto grid max-w-xl gap-4"
      onSubmit={(event) => void submit(event)}
      noValidate
      autoComplete="off"
    >
      <h1 ref={heading} tabIndex={-1}>
        {t.addCamera.title}
      </h1>
      <CameraFields form={form} problems={problems} onChange={setForm} />
      <Problem text={problems.form} />
      <button type="submit" className="button primary justify-self-end" disabled={busy}>
        {busy ? t.addCamera.busy : t.addCamera.submit}
      </button>
    </form>
  );
}
