import type { Migration } from './migration.ts';

/** The recording that is wanted now, from its order to the next stop. */
export const recordingSessions: Migration = {
  number: 4,
  name: 'recording sessions',
  statements: [
    // When it was asked for; null is none, or before this was noted.
    'alter table streams add column recording_since text',
    // 1: the stream goes on, its footage waits.
    'alter table streams add column recording_paused integer not null default 0',
    // Goes into the name of its first file; null once that is there, or when none was given.
    'alter table streams add column recording_label text',
    // Seconds of its files; null follows recording_segment_duration.
    'alter table streams add column recording_session_duration real',
  ],
};
