import type { Migration } from './migration.ts';

/** Pairs for which the recorded originals of private streams are sealed. */
export const originalKeys: Migration = {
  number: 27,
  name: 'keys of recorded originals',
  statements: [
    `create table original_keys (
      id text primary key,             -- stands in the head of every file that was sealed for it
      public_half text not null,       -- X25519, base64url; the engine is told it
      private_sealed text not null,    -- the vault's text of the private half, bound to the id
      created_at text not null         -- the newest one is in use
    ) strict`,
  ],
};
