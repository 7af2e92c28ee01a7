import { useState } from 'react';
import { ApiClient } from '../api/client.ts';
import { t } from '../strings/index.ts';
import { NewPassword } from './new-password.tsx';
import { SignInFrame } from './sign-in.tsx';

/** The token of an invitation or a reset in an address; it stands behind `#`, where no server sees it. */
export const linkToken = (hash: string): string | undefined =>
  /^#\/password\?token=([A-Za-z0-9._~-]+)$/.exec(hash)?.[1];

/** Sets a password by a link for one use. */
export function SetPasswordByLink(props: { token: string; onDone: () => void }) {
  const [done, setDone] = useState(false);
  const submit = async (password: string) => {
    const api = new ApiClient({ token: null, fetch: fetch.bind(globalThis) });
    await api.post('/api/v1/auth/password-link', { token: props.token, password });
    setDone(true);
  };
  return (
    <SignInFrame title={t.setup.linkTitle}>
      <p className="text-faint" role={done ? 'status' : undefined}>
        {done ? t.setup.linkDone : t.setup.linkLead}
      </p>
      {done ? (
        <button type="button" className="button primary" onClick={props.onDone}>
          {t.signIn.title}
        </button>
      ) : (
        <NewPassword current={null} submit={submit} />
      )}
    </SignInFrame>
  );
}
