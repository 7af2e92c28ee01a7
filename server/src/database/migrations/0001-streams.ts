import type { Migration } from './migration.ts';

/** Streams, their footage's index, and how far the engine's facts are stored. */
export const streams: Migration = {
  number: 1,
  name: 'streams',
  statements: [
    `create table streams (
      id text primary key,                 -- ^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$, also the folder of its footage
      source_shown text not null,          -- source URL with every secret replaced by ***
      source_sealed text not null,         -- AES-256-GCM of {"url","username"?,"password"?}; context source:{id}
      running integer not null,            -- 1: the engine is to keep it connected; 0: told to stop
      restart_count integer not null,      -- counts up at each restart; the engine reconnects when it changes
      recording_enabled integer not null,  -- 1: every live second is recorded
      recording_segment_duration real,     -- seconds of one file; null follows the configuration
      recording_retention_days real,       -- closed segments older than this go; null follows the configuration
      reconnect_enabled integer not null,  -- 0: the first loss makes it fail
      reconnect_max_attempts integer not null, -- attempts in a row without a key frame; 0 is no limit
      reconnect_backoff_ms integer not null,   -- first pause; doubles
      inference_model text,                -- kept for a later version; null is none
      inference_threshold real,            -- 0 to 1; null is the model's own
      created_at text not null,            -- all times: ISO 8601 UTC with ms
      updated_at text not null,            -- last change of its settings
      last_connected_at text               -- when it last became live; null is never
    ) strict`,
    `create table stream_errors (
      id integer primary key,              -- rising: newest is highest
      stream_id text not null references streams (id) on delete cascade,
      at text not null,                    -- when the engine observed it
      fault text not null,                 -- word of the closed list StreamFault
      message text not null                -- for people, without secrets
    ) strict`,
    'create index stream_errors_by_stream on stream_errors (stream_id, id)',
    `create table segments (
      stream_id text not null references streams (id) on delete cascade,
      filename text not null,              -- one path segment under the stream's folder
      start_at text not null,              -- UTC of the first frame
      end_at text,                         -- UTC after the last frame; null while it grows
      duration real not null,              -- seconds by the media clock that are on disk
      bytes integer not null,              -- size on disk
      recovered integer not null,          -- 1: found after a crash, torn tail cut off
      close_reason text,                   -- why it ended; null while it grows
      primary key (stream_id, filename)
    ) strict`,
    'create index segments_by_start on segments (stream_id, start_at, duration, bytes)',
    `create table footage_deletions (
      stream_id text primary key,          -- a removed stream whose files the engine is still to delete
      requested_at text not null
    ) strict`,
    `create table link_epochs (
      epoch text primary key,              -- one run of the engine
      last_seq integer not null,           -- its facts up to here are stored
      seen_at text not null                -- last fact; old epochs are forgotten by it
    ) strict`,
    `create table counters (
      name text primary key,
      value integer not null               -- only ever counts up, across restarts
    ) strict`,
  ],
};
