import type { Migration } from './migration.ts';

/** How people lay out their walls of cameras. */
export const layouts: Migration = {
  number: 15,
  name: 'layouts',
  statements: [
    `create table layouts (
      id text primary key,          -- short random name, fit for logs
      owner_kind text not null,     -- kind of the principal whose it is
      owner_id text not null,
      name text not null,
      shared integer not null,      -- 1: everybody may use it, its owner changes it
      content text not null,        -- JSON: columns and tiles, see the contract
      created_at text not null,
      updated_at text not null,
      unique (owner_kind, owner_id, name)
    ) strict`,
  ],
};
