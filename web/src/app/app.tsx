import { useState } from 'react';
import { t } from '../strings/index.ts';
import { Console } from './console.tsx';
import { tokenStore } from './session.ts';
import { SignIn } from './sign-in.tsx';

const tokens = tokenStore(sessionStorage);

/** The page: signed out or signed in. */
export function App() {
  const [token, setToken] = useState(() => tokens.read());
  const [notice, setNotice] = useState<string | null>(null);

  const signIn = (fresh: string) => {
    tokens.write(fresh);
    setNotice(null);
    setToken(fresh);
  };
  const signOut = (because: string | null) => {
    tokens.clear();
    setNotice(because);
    setToken(null);
  };

  if (token === null) return <SignIn notice={notice} onSignedIn={signIn} />;
  return (
    <Console
      key={token}
      token={token}
      onSignOut={() => signOut(null)}
      onRefused={(error) => signOut(error.kind === 'forbidden' ? t.signIn.forbidden : t.signIn.expired)}
    />
  );
}
