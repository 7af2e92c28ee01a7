import type { Migration } from './migration.ts';

/** Servers outside that streams are sent on to. */
export const pushes: Migration = {
  number: 20,
  name: 'pushes',
  statements: [
    `create table pushes (
      id text primary key,             -- short random name, fit for logs
      stream_id text not null references streams (id) on delete cascade,
      url_shown text not null,         -- credentials and key hidden
      target_sealed text not null,     -- the vault's text of address and login
      tls_pinned text,                 -- SHA-256 of the only certificate it may show; null: vouched for
      enabled integer not null,        -- 1: it is sent
      created_at text not null
    ) strict`,
    'create index pushes_by_stream on pushes (stream_id)',
  ],
};
