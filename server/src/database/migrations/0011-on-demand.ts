import type { Migration } from './migration.ts';

/** Streams that are connected only while somebody watches. */
export const onDemand: Migration = {
  number: 11,
  name: 'streams on demand',
  statements: [
    'alter table streams add column on_demand integer not null default 0',
    // seconds it stays connected after the last viewer
    'alter table streams add column on_demand_grace real not null default 10',
  ],
};
