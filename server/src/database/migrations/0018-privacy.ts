import type { Migration } from './migration.ts';

/** Streams that show covered pictures. */
export const privacy: Migration = {
  number: 18,
  name: 'privacy of streams',
  statements: [
    // JSON of PrivacyConfig; null is off, all by default
    'alter table streams add column privacy text',
    // ISO 8601, when it was turned on last; what was captured before is clear
    'alter table streams add column privacy_since text',
    // path of the RTSP listener that is this stream as well
    'alter table streams add column rtsp_path text',
  ],
};
