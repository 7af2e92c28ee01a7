import type { Migration } from './migration.ts';

/** How the ONVIF device of a stream's camera is reached, where that is not told by the source alone. */
export const cameraDevices: Migration = {
  number: 10,
  name: 'camera devices',
  statements: [
    `create table camera_devices (
      stream_id text primary key references streams (id) on delete cascade,
      place_sealed text not null,          -- the vault's text of address and account
      listens integer not null,            -- 1: its events are pulled
      updated_at text not null
    ) strict`,
  ],
};
