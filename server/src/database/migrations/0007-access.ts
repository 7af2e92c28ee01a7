import type { Migration } from './migration.ts';

/** Sign-ins, second factors, API clients, grants, links for one use, and what was done by whom. */
export const access: Migration = {
  number: 7,
  name: 'access',
  statements: [
    // JSON list of scopes beyond those of the role.
    `alter table people add column extra_scopes text not null default '[]'`,
    // all: every stream; granted: those of its grants.
    `alter table people add column reach text not null default 'all'`,
    // AES-256-GCM of the TOTP secret; context totp:{id}. null is no second factor.
    'alter table people add column totp_sealed text',
    // 1: proved once with a code, and asked for at each sign-in.
    'alter table people add column totp_confirmed integer not null default 0',
    // Time step of the last code that was taken: none counts twice.
    'alter table people add column totp_step integer not null default 0',
    // 1: the password was made up by the program or another person.
    'alter table people add column must_change_password integer not null default 0',
    // {issuer}|{subject} of the identity provider; null signs in here.
    'alter table people add column oidc_subject text',
    'alter table people add column last_sign_in_at text',
    'create unique index people_by_oidc_subject on people (oidc_subject)',
    `create table recovery_codes (
      person_id text not null references people (id) on delete cascade,
      hash text not null,                -- SHA-256 of the code in hex; used ones are removed
      primary key (person_id, hash)
    ) strict`,
    // Tokens of sign-ins that were begun before are void: their sessions are not known.
    'drop table refresh_tokens',
    `create table sign_ins (
      id text primary key,               -- short random name; access tokens carry it
      owner_kind text not null,          -- person or api_client
      owner_id text not null,
      method text not null,              -- password, totp, recovery, oidc, link or secret
      address text not null,             -- where it was begun
      user_agent text not null,
      created_at text not null,
      last_used_at text not null,        -- last refresh
      expires_at text not null           -- when its newest refresh token expires
    ) strict`,
    'create index sign_ins_by_owner on sign_ins (owner_kind, owner_id)',
    `create table refresh_tokens (
      hash text primary key,             -- SHA-256 of the token in hex; the token itself is kept nowhere
      sign_in_id text not null references sign_ins (id) on delete cascade,
      issued_at text not null,
      expires_at text not null,
      used_at text                       -- when it was traded; null is never. Seen later again, it ends the sign-in
    ) strict`,
    'create index refresh_tokens_by_sign_in on refresh_tokens (sign_in_id)',
    // Who made it, and whose rights bound it; null is the first start.
    'alter table api_tokens add column owner_id text',
    `alter table api_tokens add column reach text not null default 'all'`,
    // Calls a minute; null follows the configuration.
    'alter table api_tokens add column rate_limit integer',
    'alter table api_tokens add column last_used_at text',
    'alter table api_tokens add column revoked_at text',
    `create table api_clients (
      id text primary key,               -- the client_id
      name text not null,
      secret_hash text not null,         -- SHA-256 of the secret in hex; its 256 random bits need no slow hash
      scopes text not null,              -- JSON list of scopes
      reach text not null,               -- all or granted
      disabled integer not null,         -- 1: may not come in
      created_at text not null,
      created_by text not null,          -- kind:id of a principal
      last_used_at text,
      tokens_valid_after text not null   -- tokens issued before it are void
    ) strict`,
    `create table grants (
      owner_kind text not null,          -- person, api_client or api_token
      owner_id text not null,
      object_kind text not null,         -- stream, camera or group
      object_id text not null,
      scopes text,                       -- JSON list of scopes that count there; null is all that the owner has
      primary key (owner_kind, owner_id, object_kind, object_id)
    ) strict`,
    'create index grants_by_object on grants (object_kind, object_id)',
    `create table person_links (
      hash text primary key,             -- SHA-256 of the token in hex
      person_id text not null references people (id) on delete cascade,
      purpose text not null,             -- invitation or reset
      expires_at text not null
    ) strict`,
    `create table known_places (
      person_id text not null references people (id) on delete cascade,
      address text not null,             -- where this person has signed in
      seen_at text not null,
      primary key (person_id, address)
    ) strict`,
    `create table audit_log (
      id integer primary key,            -- rising without gaps
      at text not null,
      actor text not null,               -- kind:id of a principal, or nobody
      actor_name text not null,          -- as it was called then
      action text not null,              -- sign_in, recording.viewed, or method and route
      object text not null,              -- JSON of names: {"id":"front-door"}
      outcome text not null,             -- done, refused or failed
      address text not null,
      details text not null,             -- JSON without secrets
      mac text not null                  -- HMAC-SHA-256 of the fields before and of the mac of the entry before
    ) strict`,
    'create index audit_log_by_time on audit_log (at)',
    'create index audit_log_by_actor on audit_log (actor, id)',
    `create trigger audit_log_is_append_only before update on audit_log
      begin select raise(abort, 'the audit log is append-only'); end`,
    `create table audit_anchor (
      name text primary key,             -- oldest: the last entry that retention removed; newest: the last written
      entry_id integer not null,
      mac text not null                  -- of that entry
    ) strict`,
  ],
};
