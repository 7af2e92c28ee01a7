import type { Migration } from './migration.ts';

/** How much footage a single stream may have. */
export const streamBytes: Migration = {
  number: 21,
  name: 'bytes of a stream',
  statements: [
    // beyond it the oldest closed segments go; null is no limit of its own
    'alter table streams add column recording_max_bytes integer',
  ],
};
