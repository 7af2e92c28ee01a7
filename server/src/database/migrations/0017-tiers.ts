import type { Migration } from './migration.ts';

/** Footage may lie in other places than the disk it was recorded to. */
export const tiers: Migration = {
  number: 17,
  name: 'tiers',
  statements: [
    // hot, warm, cold or archived: where the file is; while it is copied, still where it was
    "alter table segments add column tier text not null default 'hot'",
    // no policy moves it before; null is any time
    'alter table segments add column stays_until text',
    'create index segments_by_tier on segments (tier, protected, start_at)',
    `create table tier_moves (
      stream_id text not null,             -- no reference: what is left behind outlives the stream
      filename text not null,
      from_tier text not null,
      to_tier text not null,
      state text not null,                 -- copy: to be copied; remove: the index knows the copy, the original goes
      reason text not null,                -- age, space or asked
      asked_at text not null,
      stays_until text,                    -- for the segment, once it is there
      error text,                          -- why it is not tried again; null is wanted
      primary key (stream_id, filename)
    ) strict`,
    `create table tier_removals (
      tier text not null,
      stream_id text not null,
      filename text not null,
      bytes integer not null,              -- free again when it is done
      reason text not null,                -- as the event tells it
      primary key (tier, stream_id, filename)
    ) strict`,
  ],
};
