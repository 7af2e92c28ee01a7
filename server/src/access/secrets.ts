import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A new opaque secret: the prefix says of what kind, then 32 random bytes in base64url. */
export const newSecret = (prefix: 'nj' | 'nr' | 'nt' | 'ns' | 'nl' | 'nc'): string =>
  `${prefix}_${randomBytes(TOKEN_BYTES).toString('base64url')}`;

/** What is stored of one. Its 256 random bits need no slow hash. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** A short random name of a row, fit for logs. */
export const newId = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex')}`;
