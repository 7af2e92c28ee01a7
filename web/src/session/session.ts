import { createContext, useContext } from 'react';
import type { ApiClient } from '../api/client.ts';
import type { Permissions, Profile, Scope } from '../api/types.ts';

/** Who is signed in, and what they may do. */
export interface Session {
  api: ApiClient;
  permissions: Permissions;
  /** null for a token, which is nobody's account. */
  profile: Profile | null;
  /** Whether the scope counts: for one stream, or for anything at all. */
  can: (scope: Scope, streamId?: string) => boolean;
  /** Whether the whole installation is within reach, and not some streams alone. */
  everything: boolean;
  /** Reads profile and permissions again, after a change of the account. */
  reload: () => Promise<void>;
  signOut: () => void;
}

export const SessionContext = createContext<Session | null>(null);

/** The session of the page; only below the sign-in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('there is no session here');
  return session;
}

export const useApi = (): ApiClient => useSession().api;

/** What `permissions` allow. */
export function canOf({ scopes, streams }: Permissions): Session['can'] {
  return (scope, streamId) => {
    if (!scopes.includes(scope)) return false;
    if (streamId === undefined || streams === null) return true;
    return streams.find(({ id }) => id === streamId)?.scopes.includes(scope) === true;
  };
}
