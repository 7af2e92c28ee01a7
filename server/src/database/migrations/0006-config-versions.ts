import type { Migration } from './migration.ts';

/** What the configuration file said, newest highest. */
export const configVersions: Migration = {
  number: 6,
  name: 'config versions',
  statements: [
    `create table config_versions (
      id integer primary key,      -- rising
      at text not null,            -- when it was seen first
      author text not null,        -- who wrote it: kind:id of a principal, or file for an edit by hand
      content text not null        -- the whole file; it holds no secret
    ) strict`,
  ],
};
