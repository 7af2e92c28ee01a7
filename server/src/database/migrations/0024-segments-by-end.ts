import type { Migration } from './migration.ts';

/** What grew too old, and what is still open, is found among millions. */
export const segmentsByEnd: Migration = {
  number: 24,
  name: 'segments by end',
  statements: [
    // Of one stream the oldest that ended, and those that have not.
    'create index segments_by_end on segments (stream_id, end_at)',
  ],
};
