import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Field } from '../controls/field.tsx';
import { Problem } from '../controls/problem.tsx';
import { Switch } from '../controls/switch.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { type CameraProblems, idProblem, serverProblems } from './camera-form.ts';

/** A stream that is pushed to us by RTMP, RTSP or WHIP: its addresses are shown once it has a name. */
export function AddByPublishing() {
  const api = useApi();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [id, setId] = useState('');
  const [record, setRecord] = useState(true);
  const [problems, setProblems] = useState<CameraProblems>({});
  const [busy, setBusy] = useState(false);
  const add = async () => {
    await api.createStream({ id: id.trim(), source_url: 'publish:', recording: { enabled: record } });
    await client.invalidateQueries({ queryKey: ['streams'] });
    await navigate({ to: '/cameras/$id', params: { id: id.trim() } });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = idProblem(id.trim());
    if (wrong !== undefined) return setProblems({ id: wrong });
    setBusy(true);
    add()
      .catch((error: unknown) => setProblems(serverProblems(error)))
      .finally(() => setBusy(false));
  };
  return (
    <form className="card grid max-w-xl gap-4" onSubmit={submit} noValidate>
      <p className="text-faint">{t.addCamera.publishText}</p>
      <Field label={t.addCamera.id} hint={t.addCamera.idHint} problem={problems.id}>
        {(field) => (
          <input
            {...field}
            name="publish-id"
            value={id}
            onChange={(event) => setId(event.target.value)}
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <Switch checked={record} onChange={setRecord}>
        {t.addCamera.record}
      </Switch>
      <Problem text={problems.form} />
      <button type="submit" className="button primary justify-self-end" disabled={busy}>
        {busy ? t.addCamera.busy : t.addCamera.submit}
      </button>
    </form>
  );
}
