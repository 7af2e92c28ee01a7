import type { Migration } from './migration.ts';

/** Cameras that people call by one name, and are given rights on together. */
export const cameraGroups: Migration = {
  number: 13,
  name: 'camera groups',
  statements: [
    `create table camera_groups (
      id text primary key,          -- short random name, fit for logs
      name text not null unique,
      created_at text not null
    ) strict`,
    `create table camera_group_members (
      group_id text not null references camera_groups (id) on delete cascade,
      camera_id text not null,      -- a camera's streams bear its id
      primary key (group_id, camera_id)
    ) strict`,
    'create index camera_group_members_by_camera on camera_group_members (camera_id)',
  ],
};
