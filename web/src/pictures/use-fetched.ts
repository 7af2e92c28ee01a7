import { useEffect, useState } from 'react';
import { useApi } from '../session/session.ts';

/** An address that an element of the page can load. */
export interface Shown {
  /** null: not yet, or not at all. */
  readonly url: string | null;
  /** It cannot be had. */
  readonly missing: boolean;
}

const NOT_YET: Shown = { url: null, missing: false };

/**
 * The address of a picture or clip of the server. Elements send the cookie and no header: whoever is signed in by a
 * token is given what was fetched with it.
 */
export function useFetched(path: string | null): Shown {
  const api = useApi();
  const byToken = api.authorization !== undefined;
  const [fetched, setFetched] = useState<{ path: string; url: string | null } | null>(null);
  useEffect(() => {
    if (path === null || !byToken) return;
    const leaving = new AbortController();
    let url: string | null = null;
    api.blob(path, leaving.signal).then(
      (blob) => {
        url = URL.createObjectURL(blob);
        setFetched({ path, url });
      },
      () => {
        if (!leaving.signal.aborted) setFetched({ path, url: null });
      },
    );
    return () => {
      leaving.abort();
      if (url !== null) URL.revokeObjectURL(url);
    };
  }, [api, path, byToken]);
  if (path === null) return NOT_YET;
  if (!byToken) return { url: path, missing: false };
  return fetched?.path === path ? { url: fetched.url, missing: fetched.url === null } : NOT_YET;
}
