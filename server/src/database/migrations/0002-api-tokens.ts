import type { Migration } from './migration.ts';

/** Opaque tokens for scripts and the first sign-in. */
export const apiTokens: Migration = {
  number: 2,
  name: 'api tokens',
  statements: [
    `create table api_tokens (
      id text primary key,        -- short random name, fit for logs
      name text not null,         -- what it is for
      hash text not null unique,  -- SHA-256 of the token in hex; the token itself is kept nowhere
      scopes text not null,       -- JSON list of scopes
      created_at text not null,
      expires_at text             -- null is never
    ) strict`,
  ],
};
