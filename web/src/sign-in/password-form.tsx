import { type FormEvent, useState } from 'react';
import { ApiClient } from '../api/client.ts';
import type { SecondFactorAsked } from '../api/types.ts';
import { Field } from '../controls/field.tsx';
import { SecretInput } from '../controls/secret-input.tsx';
import { t } from '../strings/index.ts';
import { CodeForm } from './code-form.tsx';
import type { Enter } from './enter.ts';
import { signInProblem } from './sign-in-problem.ts';

type Answer = SecondFactorAsked | { access_token: string };

/** Asks for name and password, and for the code where one is set up. */
export function PasswordForm({ enter }: { enter: Enter }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [problems, setProblems] = useState<{ name?: string; password?: string }>({});
  const [busy, setBusy] = useState(false);
  const [challenge, setChallenge] = useState<string | null>(null);

  const signIn = async () => {
    const who = name.includes('@') ? { email: name.trim() } : { username: name.trim() };
    const api = new ApiClient({ token: null, fetch: fetch.bind(globalThis) });
    const answer = await api.post<Answer>('/api/v1/auth/login', { ...who, password });
    if ('challenge' in answer) setChallenge(answer.challenge);
    else await enter(null);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return setProblems({ name: t.signIn.usernameEmpty });
    if (password === '') return setProblems({ password: t.signIn.passwordEmpty });
    setProblems({});
    setBusy(true);
    signIn()
      .catch((error: unknown) => setProblems({ password: signInProblem(error, t.signIn.passwordWrong) }))
      .finally(() => setBusy(false));
  };
  if (challenge !== null) {
    return <CodeForm challenge={challenge} enter={enter} onBack={() => setChallenge(null)} />;
  }
  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      <Field label={t.signIn.username} problem={problems.name} hint={t.signIn.firstTime}>
        {(field) => (
          <input
            {...field}
            name="username"
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: the page has one purpose, and this is its first field.
            autoFocus
          />
        )}
      </Field>
      <Field label={t.signIn.password} problem={problems.password}>
        {(field) => (
          <SecretInput
            {...field}
            name="password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="current-password"
            showLabel={t.signIn.showPassword}
            hideLabel={t.signIn.hidePassword}
          />
        )}
      </Field>
      <button type="submit" className="button primary wide" disabled={busy}>
        {busy ? t.signIn.busy : t.signIn.submit}
      </button>
    </form>
  );
}
