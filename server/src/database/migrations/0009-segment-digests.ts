import type { Migration } from './migration.ts';

/** What the bytes of a closed file were, so that a check years later can tell whether they still are. */
export const segmentDigests: Migration = {
  number: 9,
  name: 'segment digests',
  statements: [
    // SHA-256, hexadecimal; null until the engine has read the closed file
    'alter table segments add column sha256 text',
  ],
};
