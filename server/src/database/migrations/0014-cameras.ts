import type { Migration } from './migration.ts';

/** Cameras as people know them; every stream is of one. */
export const cameras: Migration = {
  number: 14,
  name: 'cameras',
  statements: [
    `create table cameras (
      id text primary key,              -- also the id of its first stream
      name text not null,
      serial_number text not null unique,
      location text,
      description text,
      created_at text not null,
      updated_at text not null
    ) strict`,
    `create table camera_streams (
      stream_id text primary key references streams (id) on delete cascade,
      camera_id text not null references cameras (id) on delete cascade
    ) strict`,
    'create index camera_streams_by_camera on camera_streams (camera_id)',
    `insert into cameras (id, name, serial_number, created_at, updated_at)
      select id, id, id, created_at, updated_at from streams`,
    'insert into camera_streams (stream_id, camera_id) select id, id from streams',
  ],
};
