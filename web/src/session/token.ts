const KEY = 'nightjar.token';

/** Where the token lives: it is gone when the tab is closed. */
export interface TokenStore {
  read(): string | null;
  write(token: string): void;
  clear(): void;
}

/** Keeps the token in a tab's `sessionStorage`. */
export const tokenStore = (storage: Storage): TokenStore => ({
  read: () => storage.getItem(KEY),
  write: (token) => storage.setItem(KEY, token),
  clear: () => storage.removeItem(KEY),
});

/** A pasted token without the spaces, quotes or scheme word around it. */
export const cleanToken = (text: string): string =>
  text
    .trim()
    .replace(/^Bearer\s+/i, '')
    .replace(/^(["'])(.*)\1$/, '$2');

/** Whether the token can be sent in a header at all (RFC 6750 §2.1, and nothing outside printable ASCII). */
export const isToken = (token: string): boolean => /^[\x21-\x7e]+$/.test(token);
