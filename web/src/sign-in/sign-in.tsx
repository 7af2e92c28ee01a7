import { type FormEvent, useId, useState } from 'react';
import { ApiError } from '../api/api-error.ts';
import { ApiClient } from '../api/client.ts';
import { Field } from '../controls/field.tsx';
import { Logo } from '../controls/icons.tsx';
import { SecretInput } from '../controls/secret-input.tsx';
import { t } from '../strings/index.ts';
import { ThemeToggle } from '../theme/theme-toggle.tsx';
import { cleanToken, isToken } from './session.ts';
import { usePageTitle } from './use-page-title.ts';

function problemOf(error: unknown): string {
  if (!(error instanceof ApiError)) return t.problem.server;
  switch (error.kind) {
    case 'unauthorized':
      return t.signIn.wrong;
    case 'forbidden':
      return t.signIn.forbidden;
    case 'rate_limited':
      return t.signIn.rateLimited(Math.ceil(error.retryAfter));
    case 'network':
      return t.signIn.unreachable;
    case 'refused':
    case 'server':
      return t.problem.server;
  }
}

/** Asks for the token until the server takes it. */
export function SignIn(props: { notice: string | null; onSignedIn: (token: string) => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const noticeId = useId();
  usePageTitle(t.signIn.title);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const token = cleanToken(text);
    if (token === '') return setProblem(t.signIn.empty);
    if (!isToken(token)) return setProblem(t.signIn.wrong);
    setBusy(true);
    setProblem(undefined);
    try {
      await new ApiClient({ token, fetch: fetch.bind(globalThis) }).listStreams();
      props.onSignedIn(token);
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form className="card sign-in-card" onSubmit={(event) => void submit(event)} noValidate>
        <div className="sign-in-head">
          <Logo />
          <span className="brand">{t.app.name}</span>
          <ThemeToggle />
        </div>
        <h1>{t.signIn.title}</h1>
        {props.notice !== null && (
          <p className="notice" id={noticeId} role="status">
            {props.notice}
          </p>
        )}
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
    </main>
  );
}
