import { useSyncExternalStore } from 'react';

/** A place in the page, as the hash of its address says. */
export type Route = { page: 'wall' } | { page: 'stream'; id: string };

/** `#/stream/{id}` is a stream; anything else is the wall. */
export function parseRoute(hash: string): Route {
  const id = /^#\/stream\/([^/]+)$/.exec(hash)?.[1];
  if (id === undefined) return { page: 'wall' };
  try {
    return { page: 'stream', id: decodeURIComponent(id) };
  } catch {
    return { page: 'wall' };
  }
}

export const WALL = '#/';
export const streamHash = (id: string): string => `#/stream/${encodeURIComponent(id)}`;

function onHashChange(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

/** The current route. */
export const useRoute = (): Route =>
  parseRoute(useSyncExternalStore(onHashChange, () => globalThis.location.hash));
