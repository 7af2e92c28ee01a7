import type { Migration } from './migration.ts';

/** Where partners want to be told of what is theirs. */
export const webhooks: Migration = {
  number: 23,
  name: 'webhooks',
  statements: [
    `create table webhooks (
      id text primary key,
      owner text not null,             -- kind:id of the principal, who learns no more by it than by themselves
      url_shown text not null,         -- without its user part and its query
      sealed text not null,            -- the vault's text of url and secret as JSON, bound to the id
      events text not null,            -- JSON, a list of types
      description text not null,
      enabled integer not null,
      disabled_reason text,            -- where nobody disabled it
      created_at text not null,
      updated_at text not null
    ) strict`,
    'create index webhooks_by_owner on webhooks (owner)',
  ],
};
