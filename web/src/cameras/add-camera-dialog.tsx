import { type FormEvent, useState } from 'react';
import type { ApiClient } from '../api/client.ts';
import { Dialog } from '../controls/dialog.tsx';
import { Problem } from '../controls/problem.tsx';
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
export function AddCameraDialog(props: {
  api: ApiClient;
  onClose: () => void;
  onAdded: (id: string) => void;
}) {
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
      await props.api.createStream(request);
      props.onAdded(request.id);
    } catch (error) {
      fail(serverProblems(error));
    }
  };

  return (
    <Dialog title={t.addCamera.title} onClose={props.onClose} locked={busy}>
      <form onSubmit={(event) => void submit(event)} noValidate autoComplete="off">
        <CameraFields form={form} problems={problems} onChange={setForm} />
        <Problem text={problems.form} />
        <div className="dialog-foot">
          <button type="button" className="button" onClick={props.onClose} disabled={busy}>
            {t.app.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {busy ? t.addCamera.busy : t.addCamera.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
