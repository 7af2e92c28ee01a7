import type { Generated } from 'kysely';

/** Rows as the migrations lay them out; their meaning stands beside the columns there. */
export interface Schema {
  streams: {
    id: string;
    source_shown: string;
    source_sealed: string;
    running: number;
    restart_count: number;
    recording_enabled: number;
    recording_segment_duration: number | null;
    recording_retention_days: number | null;
    reconnect_enabled: number;
    reconnect_max_attempts: number;
    reconnect_backoff_ms: number;
    inference_model: string | null;
    inference_threshold: number | null;
    created_at: string;
    updated_at: string;
    last_connected_at: string | null;
    recording_since: string | null;
    recording_paused: number;
    recording_label: string | null;
    recording_session_duration: number | null;
    recording_ordered: number;
  };
  stream_errors: {
    id: Generated<number>;
    stream_id: string;
    at: string;
    fault: string;
    message: string;
  };
  segments: {
    stream_id: string;
    filename: string;
    start_at: string;
    end_at: string | null;
    duration: number;
    bytes: number;
    recovered: number;
    close_reason: string | null;
  };
  footage_deletions: { stream_id: string; requested_at: string };
  link_epochs: { epoch: string; last_seq: number; seen_at: string };
  counters: { name: string; value: number };
  config_versions: { id: Generated<number>; at: string; author: string; content: string };
  api_tokens: {
    id: string;
    name: string;
    hash: string;
    scopes: string;
    created_at: string;
    expires_at: string | null;
  };
  people: {
    id: string;
    username: string;
    email: string | null;
    password_hash: string;
    role: string;
    disabled: number;
    created_at: string;
    tokens_valid_after: string;
  };
  refresh_tokens: {
    hash: string;
    family: string;
    person_id: string;
    issued_at: string;
    expires_at: string;
    used: number;
  };
}
