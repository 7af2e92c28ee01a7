import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '../api/api-error.ts';
import { ApiClient } from '../api/client.ts';
import { createRenewal, forgetRenewal, tabLock } from '../api/renewal.ts';
import type { Permissions, Profile } from '../api/types.ts';
import { t } from '../strings/index.ts';
import { csrfToken } from './cookies.ts';
import { canOf, type Session, SessionContext } from './session.ts';
import { tokenStore } from './token.ts';

const tokens = tokenStore(sessionStorage);
const sendFetch = fetch.bind(globalThis);
const lock = tabLock();
const renew = createRenewal({
  fetch: sendFetch,
  storage: localStorage,
  now: () => Date.now(),
  ...(lock ? { lock } : {}),
});
/** Well before the hour that an access token lasts. */
const RENEW_EVERY_MS = 40 * 60_000;

const clientOf = (token: string | null): ApiClient =>
  new ApiClient({ token, fetch: sendFetch, csrf: () => csrfToken(document.cookie), renew });

type Account = { permissions: Permissions; profile: Profile | null };

async function readAccount(api: ApiClient): Promise<Account> {
  const permissions = await api.get<Permissions>('/api/v1/auth/permissions');
  const profile = permissions.kind === 'person' ? await api.get<Profile>('/api/v1/auth/profile') : null;
  return { permissions, profile };
}

/** What the page shows: `asking` until the server said who it is. */
export type Entrance =
  | { phase: 'asking' }
  | { phase: 'unreachable'; retry: () => void }
  | { phase: 'out'; notice: string | null; enter: (token: string | null) => Promise<void> }
  | { phase: 'in' };

/** Signed in or not, by the cookie or by a token of this tab; `children` is given what is to be shown. */
export function SessionProvider(props: { onEnded: () => void; children: (entrance: Entrance) => ReactNode }) {
  const { onEnded } = props;
  const [api, setApi] = useState(() => clientOf(tokens.read()));
  const [account, setAccount] = useState<Account | null>(null);
  const [out, setOut] = useState<{ notice: string | null } | null>(null);
  const [failed, setFailed] = useState(false);

  const enter = useCallback(async (token: string | null) => {
    const fresh = clientOf(token);
    const found = await readAccount(fresh);
    if (token !== null) tokens.write(token);
    setApi(fresh);
    setAccount(found);
    setOut(null);
  }, []);
  const leave = useCallback(
    (notice: string | null) => {
      tokens.clear();
      forgetRenewal(localStorage);
      setAccount(null);
      setOut({ notice });
      onEnded();
    },
    [onEnded],
  );
  const ask = useCallback(() => {
    setFailed(false);
    // Nothing to show to the server: no question is needed.
    if (tokens.read() === null && csrfToken(document.cookie) === undefined) return leave(null);
    enter(tokens.read()).catch((error: unknown) => {
      const refused = error instanceof ApiError && ['unauthorized', 'forbidden'].includes(error.kind);
      if (refused) leave(null);
      else setFailed(true);
    });
  }, [enter, leave]);
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    ask();
  }, [ask]);
  useRenewal(account !== null && api.authorization === undefined);
  useEnd(() => account !== null && leave(t.signIn.expired));

  const session = useMemo(
    () => account && sessionOf(api, account, { reload: () => enter(tokens.read()), leave }),
    [api, account, enter, leave],
  );
  if (session) {
    return (
      <SessionContext.Provider value={session}>{props.children({ phase: 'in' })}</SessionContext.Provider>
    );
  }
  if (failed) return props.children({ phase: 'unreachable', retry: ask });
  if (out === null) return props.children({ phase: 'asking' });
  return props.children({ phase: 'out', notice: out.notice, enter });
}

function sessionOf(
  api: ApiClient,
  account: Account,
  ways: { reload: () => Promise<void>; leave: (notice: string | null) => void },
): Session {
  const { permissions } = account;
  return {
    api,
    ...account,
    can: canOf(permissions),
    everything: permissions.reach === 'all',
    reload: ways.reload,
    signOut: () => {
      const told = api.authorization === undefined ? api.post('/api/v1/auth/logout') : Promise.resolve();
      // Out of the page in any case; a server that did not hear of it ends the session by its age.
      void told.catch(() => undefined).finally(() => ways.leave(null));
    },
  };
}

/** A cookie's session is renewed while the page is open, so that pictures never stop for it. */
function useRenewal(wanted: boolean): void {
  useEffect(() => {
    if (!wanted) return;
    const timer = setInterval(() => void renew(), RENEW_EVERY_MS);
    return () => clearInterval(timer);
  }, [wanted]);
}

const ENDED = 'nightjar-session-ended';

/** Tells the page that the server takes its credential no more. */
export const tellEnded = (): boolean => dispatchEvent(new Event(ENDED));

function useEnd(leave: () => void): void {
  const current = useRef(leave);
  useEffect(() => {
    current.current = leave;
  });
  useEffect(() => {
    const heard = () => current.current();
    addEventListener(ENDED, heard);
    return () => removeEventListener(ENDED, heard);
  }, []);
}
