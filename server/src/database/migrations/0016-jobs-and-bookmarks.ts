import type { Migration } from './migration.ts';

/** Work that outlives its request, and what partners keep of streams: clips and stills with what they say of them. */
export const jobsAndBookmarks: Migration = {
  number: 16,
  name: 'jobs and bookmarks',
  statements: [
    `create table jobs (
      id text primary key,          -- kind and random hex
      kind text not null,           -- who does it
      state text not null,          -- waiting, running, completed, failed, cancelled
      progress real not null,       -- percent
      owner text not null,          -- kind:id of the principal
      stream_id text,               -- what it is about; it outlives the stream
      request text not null,        -- JSON, known to its kind
      result text,                  -- JSON
      error text,                   -- for people
      created_at text not null,
      due_at text not null,         -- not begun before
      started_at text,
      ended_at text
    ) strict`,
    'create index jobs_by_owner on jobs (owner, created_at)',
    'create index jobs_by_state on jobs (state, created_at)',
    `create table bookmarks (
      id text primary key,
      stream_id text not null references streams (id) on delete cascade,
      source text not null,         -- live or historical
      center_at text not null,      -- ISO 8601 UTC with ms, as all times
      before_seconds real not null,
      after_seconds real not null,
      label text not null,
      event_type text,
      confidence real,              -- 0 to 1
      tags text not null,           -- JSON list
      created_by text not null,     -- as the caller says, else its name
      owner text not null,          -- kind:id of the principal, whatever the caller says
      status text not null,         -- pending, processing, ready, failed
      error text,
      clip_start_at text,           -- what the clip holds; null until it is ready
      clip_end_at text,
      duration real,                -- seconds of the clip
      bytes integer,
      sha256 text,                  -- of the clip
      thumbnail integer not null,   -- 1: there is one
      version integer not null,     -- counts up with each change
      created_at text not null,
      updated_at text not null
    ) strict`,
    'create index bookmarks_by_stream on bookmarks (stream_id, center_at)',
    'create index bookmarks_by_status on bookmarks (status)',
    `create table snapshots (
      id text primary key,
      stream_id text not null references streams (id) on delete cascade,
      source text not null,         -- live or historical
      wanted_at text not null,      -- the asked-for moment
      taken_at text,                -- when its picture was shown; null until it is ready
      created_by text not null,
      owner text not null,
      metadata text not null,       -- JSON object
      status text not null,         -- pending, processing, ready, failed
      error text,
      bytes integer,
      version integer not null,
      created_at text not null,
      updated_at text not null
    ) strict`,
    'create index snapshots_by_stream on snapshots (stream_id, wanted_at)',
    'create index snapshots_by_status on snapshots (status)',
    `create table idempotency_keys (
      owner text not null,          -- kind:id of the principal
      key text not null,            -- as it was sent
      request text not null,        -- SHA-256 of method, path and body
      object_id text,               -- what was made; null while it is being made
      created_at text not null,
      primary key (owner, key)
    ) strict, without rowid`,
  ],
};
