import type { Migration } from './migration.ts';

/** Who asked for the recording that is wanted now. */
export const recordingOrders: Migration = {
  number: 5,
  name: 'recording orders',
  statements: [
    // 1: somebody ordered it to start; 0: the stream's settings say so.
    'alter table streams add column recording_ordered integer not null default 0',
  ],
};
