import type { Migration } from './migration.ts';

/** People who sign in, and the refresh tokens of their sign-ins. */
export const people: Migration = {
  number: 3,
  name: 'people',
  statements: [
    `create table people (
      id text primary key,               -- short random name, fit for logs
      username text not null unique,     -- lower case
      email text unique,                 -- lower case; null is none
      password_hash text not null,       -- argon2id in PHC form
      role text not null,                -- named set of scopes
      disabled integer not null,         -- 1: may not come in
      created_at text not null,
      tokens_valid_after text not null   -- tokens issued before it are void
    ) strict`,
    `create table refresh_tokens (
      hash text primary key,             -- SHA-256 of the token in hex; the token itself is kept nowhere
      family text not null,              -- one sign-in: every token that came of it
      person_id text not null references people (id) on delete cascade,
      issued_at text not null,
      expires_at text not null,
      used integer not null              -- 1: traded; seen again, it ends the family
    ) strict`,
    'create index refresh_tokens_by_family on refresh_tokens (family)',
  ],
};
