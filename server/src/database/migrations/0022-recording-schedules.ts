import type { Migration } from './migration.ts';

/** Hours of the week in which a stream is recorded. */
export const recordingSchedules: Migration = {
  number: 22,
  name: 'recording schedules',
  statements: [
    // JSON as the API takes it; null is at all hours
    'alter table streams add column recording_schedule text',
  ],
};
