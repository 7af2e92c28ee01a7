import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { ApiClient } from '../api/client.ts';
import type { SignInMethods } from '../api/types.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { Logo } from '../controls/icons.tsx';
import { t } from '../strings/index.ts';
import { LanguageChoice } from '../strings/language-choice.tsx';
import { ThemeToggle } from '../theme/theme-toggle.tsx';
import type { Enter } from './enter.ts';
import { PasswordForm } from './password-form.tsx';
import { TokenForm } from './token-form.tsx';

const open = new ApiClient({ token: null, fetch: fetch.bind(globalThis) });

/** Asks who it is, until the server takes it. */
export function SignIn(props: { notice: string | null; enter: Enter }) {
  const [byToken, setByToken] = useState(false);
  const methods = useQuery({
    queryKey: ['sign-in-methods'],
    queryFn: () => open.get<SignInMethods>('/api/v1/auth/methods'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const oidc = methods.data?.oidc ?? null;
  return (
    <SignInFrame title={t.signIn.title} notice={props.notice}>
      {byToken ? <TokenForm enter={props.enter} /> : <PasswordForm enter={props.enter} />}
      {oidc && !byToken && (
        <>
          <p className="flex items-center gap-3 text-faint before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            {t.signIn.or}
          </p>
          <a className="button wide" href={oidc.url}>
            {t.signIn.oidc(oidc.name)}
          </a>
        </>
      )}
      <button
        type="button"
        className="button quiet wide text-faint"
        data-way={byToken ? 'password' : 'token'}
        onClick={() => setByToken(!byToken)}
      >
        {byToken ? t.signIn.byPassword : t.signIn.byToken}
      </button>
    </SignInFrame>
  );
}

/** The card in the middle, before anybody is signed in. */
export function SignInFrame(props: { title: string; notice?: string | null; children: ReactNode }) {
  const noticeId = useId();
  const heading = usePageTitle(props.title);
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="card grid w-full max-w-[380px] gap-4 p-6 shadow-(--shadow)">
        <div className="flex items-center gap-2.5">
          <Logo />
          <span className="brand flex-1">{t.app.name}</span>
          <LanguageChoice />
          <ThemeToggle />
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.notice && (
          <p className="notice" id={noticeId} role="status">
            {props.notice}
          </p>
        )}
        {props.children}
      </div>
    </main>
  );
}
