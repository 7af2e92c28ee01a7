import { type FormEvent, useState } from 'react';
import { ApiClient } from '../api/client.ts';
import { Field } from '../controls/field.tsx';
import { t } from '../strings/index.ts';
import type { Enter } from './enter.ts';
import { signInProblem } from './sign-in-problem.ts';

/** The second step: a code of the authenticator app. */
export function CodeForm(props: { challenge: string; enter: Enter; onBack: () => void }) {
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const send = async () => {
    const api = new ApiClient({ token: null, fetch: fetch.bind(globalThis) });
    await api.post('/api/v1/auth/second-factor', { challenge: props.challenge, code: code.trim() });
    await props.enter(null);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (code.trim().length < 6) return setProblem(t.signIn.codeHint);
    setBusy(true);
    setProblem(undefined);
    send()
      .catch((error: unknown) => setProblem(signInProblem(error, t.signIn.codeWrong)))
      .finally(() => setBusy(false));
  };
  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      <h2>{t.signIn.codeTitle}</h2>
      <Field label={t.signIn.code} hint={t.signIn.codeHint} problem={problem}>
        {(field) => (
          <input
            {...field}
            name="code"
            value={code}
            onChange={(event) => setCode(event.target.value)}
            autoComplete="one-time-code"
            inputMode="numeric"
            // biome-ignore lint/a11y/noAutofocus: it is the answer to what was just asked.
            autoFocus
          />
        )}
      </Field>
      <button type="submit" className="button primary wide" disabled={busy}>
        {busy ? t.signIn.busy : t.signIn.submit}
      </button>
      <button type="button" className="button quiet wide" onClick={props.onBack}>
        {t.signIn.codeBack}
      </button>
    </form>
  );
}
