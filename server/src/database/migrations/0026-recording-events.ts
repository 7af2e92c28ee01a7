import type { Migration } from './migration.ts';

/** A stream may be recorded only when something happens. */
export const recordingEvents: Migration = {
  number: 26,
  name: 'recording events',
  statements: [
    // JSON as the API takes it: which events, and seconds before and after; null is always
    'alter table streams add column recording_events text',
  ],
};
