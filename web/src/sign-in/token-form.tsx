import { type FormEvent, useState } from 'react';
import { Field } from '../controls/field.tsx';
import { SecretInput } from '../controls/secret-input.tsx';
import { cleanToken, isToken } from '../session/token.ts';
import { t } from '../strings/index.ts';
import type { Enter } from './enter.ts';
import { signInProblem } from './sign-in-problem.ts';

/** Asks for a token, which lives as long as the tab. */
export function TokenForm({ enter }: { enter: Enter }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const token = cleanToken(text);
    if (token === '') return setProblem(t.signIn.empty);
    if (!isToken(token)) return setProblem(t.signIn.wrong);
    setBusy(true);
    setProblem(undefined);
    try {
      await enter(token);
    } catch (error) {
      setProblem(signInProblem(error, t.signIn.wrong));
      setBusy(false);
    }
  };

  return (
    <form className="grid gap-4" onSubmit={(event) => void submit(event)} noValidate>
      <Field label={t.signIn.token} hint={t.signIn.lead} problem={problem}>
        {(field) => (
          <SecretInput
            {...field}
            name="token"
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="current-password"
            showLabel={t.signIn.show}
            hideLabel={t.signIn.hide}
            autoFocus
          />
        )}
      </Field>
      <button type="submit" className="button primary wide" disabled={busy}>
        {busy ? t.signIn.busy : t.signIn.submit}
      </button>
    </form>
  );
}
