const KEY = 'nightjar.renewed';
/** Another tab renewed so lately that its cookies count for this one. */
const LATELY_MS = 20_000;

interface Options {
  fetch: typeof fetch;
  storage: Pick<Storage, 'getItem' | 'setItem'>;
  /** UTC milliseconds. */
  now: () => number;
  /** Runs one tab's task at a time; browsers offer locks on https and localhost only. */
  lock?: (task: () => Promise<boolean>) => Promise<boolean>;
}

/** Renews the session in the cookie; calls at the same time, of whatever tab, are one. */
export function createRenewal(options: Options): () => Promise<boolean> {
  const { storage, now, lock = (task) => task() } = options;
  let running: Promise<boolean> | undefined;
  const renew = async (): Promise<boolean> => {
    if (now() - Number(storage.getItem(KEY) ?? 0) < LATELY_MS) return true;
    try {
      const answer = await options.fetch('/api/v1/auth/refresh', {
        method: 'POST',
        credentials: 'same-origin',
      });
      if (answer.ok) storage.setItem(KEY, String(now()));
      return answer.ok;
    } catch {
      // No answer at all: the request that asked for this says so.
      return false;
    }
  };
  return () => {
    running ??= lock(renew).finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** Whether a session was renewed from `storage`'s point of view, to be forgotten when it ends. */
export const forgetRenewal = (storage: Pick<Storage, 'removeItem'>): void => storage.removeItem(KEY);

/** A lock that all tabs of the page share; undefined where the browser has none. */
export const tabLock = (): Options['lock'] | undefined => {
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
  return locks && ((task) => locks.request('nightjar.renewal', task));
};
