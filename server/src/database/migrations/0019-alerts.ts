import type { Migration } from './migration.ts';

/** What people want to be told of, how they are reached, what was seen, and what must still reach others. */
export const alerts: Migration = {
  number: 19,
  name: 'alerts',
  statements: [
    `create table notification_channels (
      id text primary key,
      name text not null,
      kind text not null,              -- email, webhook, sms, mqtt, ntfy, telegram or webpush
      enabled integer not null,
      settings_sealed text not null,   -- the vault's text of its settings as JSON, bound to the id
      owner text not null,             -- kind:id of the principal whose it is
      created_at text not null,
      updated_at text not null
    ) strict`,
    `create table alert_rules (
      id text primary key,
      owner text not null,             -- kind:id of the principal, who sees no more by it than by themselves
      settings text not null,          -- JSON, see the contract
      created_at text not null,
      updated_at text not null
    ) strict`,
    `create table alerts (
      id text primary key,
      rule_id text not null,           -- the rule may be gone
      rule_name text not null,
      kind text not null,
      severity text not null,
      camera_id text not null,         -- empty for the installation as a whole
      camera_name text not null,
      message text not null,
      opened_at text not null,
      resolved_at text,                -- null while it is so
      acknowledged_at text,
      acknowledged_by text,
      notified_at text,                -- when somebody was told first
      escalated integer not null       -- steps of the escalation that were taken
    ) strict`,
    'create index alerts_by_end on alerts (resolved_at)',
    'create index alerts_by_start on alerts (opened_at)',
    'create index alerts_by_rule on alerts (rule_id, camera_id)',
    `create table outbox (
      id text primary key,
      topic text not null,             -- which room delivers it
      target text not null,            -- to what of that room
      payload text not null,           -- JSON
      state text not null,             -- pending, delivered or failed
      attempts integer not null,
      next_at text not null,           -- pending: not before then
      created_at text not null,
      delivered_at text,
      detail text                      -- what the other side or the network said last
    ) strict`,
    'create index outbox_by_time on outbox (state, next_at)',
    'create index outbox_by_target on outbox (topic, target)',
  ],
};
