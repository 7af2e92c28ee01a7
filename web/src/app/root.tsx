import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { loadHls } from '../player/hls/hls-playback.ts';
import { createQueries } from '../queries/client.ts';
import { useSession } from '../session/session.ts';
import { type Entrance, SessionProvider } from '../session/session-provider.tsx';
import { FirstRun } from '../sign-in/first-run.tsx';
import { linkToken, SetPasswordByLink } from '../sign-in/set-password-by-link.tsx';
import { SignIn } from '../sign-in/sign-in.tsx';
import { Updates } from '../updates/updates.tsx';
import { Asking, Unreachable } from './entrance.tsx';
import { createPageRouter } from './router.tsx';

const AHEAD_MS = 5_000;

const queries = createQueries();
const router = createPageRouter();

/** Puts the page into `element`. */
export function showPage(element: HTMLElement): void {
  createRoot(element).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <SessionProvider onEnded={() => queries.clear()}>
          {(entrance) => <Page entrance={entrance} />}
        </SessionProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}

function Page({ entrance }: { entrance: Entrance }) {
  const [link, setLink] = useState(() => linkToken(location.hash));
  if (link !== undefined) {
    const done = () => {
      history.replaceState(null, '', '/');
      setLink(undefined);
    };
    return <SetPasswordByLink token={link} onDone={done} />;
  }
  switch (entrance.phase) {
    case 'asking':
      return <Asking />;
    case 'unreachable':
      return <Unreachable onRetry={entrance.retry} />;
    case 'out':
      return <SignIn notice={entrance.notice} enter={entrance.enter} />;
    case 'in':
      return <SignedIn />;
  }
}

function SignedIn() {
  const { profile } = useSession();
  const [later, setLater] = useState(false);
  useEffect(() => {
    // Fetched when the first pictures are there, not when a recording waits for it; should that fail, the player
    // tries again and says so.
    const timer = setTimeout(() => void loadHls().catch(() => undefined), AHEAD_MS);
    return () => clearTimeout(timer);
  }, []);
  if (profile?.must_change_password && !later) return <FirstRun onLater={() => setLater(true)} />;
  return (
    <Updates>
      <RouterProvider router={router} />
    </Updates>
  );
}
