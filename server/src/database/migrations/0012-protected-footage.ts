import type { Migration } from './migration.ts';

/** Footage that somebody wants to keep whatever the limits say. */
export const protectedFootage: Migration = {
  number: 12,
  name: 'protected footage',
  statements: [
    // 1: no limit of age or space removes it
    'alter table segments add column protected integer not null default 0',
    // The oldest of all streams, when room is needed.
    'create index segments_by_age on segments (protected, start_at)',
  ],
};
