import { useQueryClient } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { type ChangeEvent, type FormEvent, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { problemText } from '../../api/problem.ts';
import type { ImportDone, ImportPlan } from '../../api/types.ts';
import { Field } from '../../controls/field.tsx';
import { Problem } from '../../controls/problem.tsx';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { ImportResult } from './import-result.tsx';
import { ImportReview } from './import-review.tsx';

const PATH = '/api/v1/camera-imports';
const APPLY_MS = 120_000;

/** Many cameras from one file: what would become of it is shown first. */
export function ImportCameras() {
  const api = useApi();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [plan, setPlan] = useState<ImportPlan | null>(null);
  const [done, setDone] = useState<ImportDone | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = (task: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    task()
      .catch((error: unknown) => setProblem(problemOf(error)))
      .finally(() => setBusy(false));
  };
  const look = (of: string) =>
    attempt(async () => setPlan(await api.post<ImportPlan>(`${PATH}/plan`, { text: of })));
  const apply = (only: readonly string[]) =>
    attempt(async () => {
      const body = { text, digest: plan?.digest, only };
      setDone(await api.post<ImportDone>(PATH, body, { timeoutMs: APPLY_MS }));
      await client.invalidateQueries({ queryKey: ['streams'] });
    });
  const begin = () => {
    setText('');
    setPlan(null);
    setDone(null);
  };
  if (done && plan) return <ImportResult done={done} plan={plan} onAgain={begin} />;
  return (
    <div className="grid gap-3">
      <ImportText
        text={text}
        busy={busy}
        onChange={(next) => {
          setText(next);
          setPlan(null);
        }}
        onLook={look}
      />
      <Problem text={problem} />
      {plan && <ImportReview key={plan.digest} plan={plan} busy={busy} onApply={apply} />}
    </div>
  );
}

const problemOf = (error: unknown): string =>
  error instanceof ApiError && error.status === 409 ? t.addCamera.importing.changed : problemText(error);

function ImportText(props: {
  text: string;
  busy: boolean;
  onChange: (text: string) => void;
  onLook: (text: string) => void;
}) {
  const words = t.addCamera.importing;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onLook(props.text);
  };
  const take = async (event: ChangeEvent<HTMLInputElement>) => {
    const text = await event.target.files?.[0]?.text();
    if (text === undefined) return;
    props.onChange(text);
    props.onLook(text);
  };
  return (
    <form className="card grid gap-3" onSubmit={submit}>
      <p className="text-faint">{words.text}</p>
      <label className="button justify-self-start">
        <FileUp className="icon" aria-hidden="true" />
        {words.choose}
        <input
          type="file"
          name="import-file"
          className="visually-hidden"
          accept=".csv,.yml,.yaml,.txt,text/*"
          onChange={(event) => void take(event)}
        />
      </label>
      <Field label={words.paste}>
        {(field) => (
          <textarea
            {...field}
            name="import-text"
            rows={6}
            className="font-mono text-xs"
            value={props.text}
            spellCheck={false}
            onChange={(event) => props.onChange(event.target.value)}
          />
        )}
      </Field>
      <button
        type="submit"
        className="button primary justify-self-end"
        disabled={props.busy || props.text.trim() === ''}
        data-part="plan-import"
      >
        {words.plan}
      </button>
    </form>
  );
}
