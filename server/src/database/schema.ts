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
    transport: Generated<string>;
    on_demand: Generated<number>;
    on_demand_grace: Generated<number>;
    tls_pinned: string | null;
    tls_refused: string | null;
  };
  camera_devices: {
    stream_id: string;
    place_sealed: string;
    listens: number;
    updated_at: string;
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
    sha256: string | null;
    protected: Generated<number>;
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
    owner_id: string | null;
    reach: Generated<string>;
    rate_limit: number | null;
    last_used_at: string | null;
    revoked_at: string | null;
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
    extra_scopes: Generated<string>;
    reach: Generated<string>;
    totp_sealed: string | null;
    totp_confirmed: Generated<number>;
    totp_step: Generated<number>;
    must_change_password: Generated<number>;
    oidc_subject: string | null;
    last_sign_in_at: string | null;
  };
  recovery_codes: { person_id: string; hash: string };
  sign_ins: {
    id: string;
    owner_kind: string;
    owner_id: string;
    method: string;
    address: string;
    user_agent: string;
    created_at: string;
    last_used_at: string;
    expires_at: string;
  };
  refresh_tokens: {
    hash: string;
    sign_in_id: string;
    issued_at: string;
    expires_at: string;
    used_at: string | null;
  };
  api_clients: {
    id: string;
    name: string;
    secret_hash: string;
    scopes: string;
    reach: string;
    disabled: number;
    created_at: string;
    created_by: string;
    last_used_at: string | null;
    tokens_valid_after: string;
  };
  grants: {
    owner_kind: string;
    owner_id: string;
    object_kind: string;
    object_id: string;
    scopes: string | null;
  };
  camera_groups: { id: string; name: string; created_at: string };
  camera_group_members: { group_id: string; camera_id: string };
  cameras: {
    id: string;
    name: string;
    serial_number: string;
    location: string | null;
    description: string | null;
    created_at: string;
    updated_at: string;
  };
  camera_streams: { stream_id: string; camera_id: string };
  layouts: {
    id: string;
    owner_kind: string;
    owner_id: string;
    name: string;
    shared: number;
    content: string;
    created_at: string;
    updated_at: string;
  };
  person_links: { hash: string; person_id: string; purpose: string; expires_at: string };
  known_places: { person_id: string; address: string; seen_at: string };
  audit_log: {
    id: number;
    at: string;
    actor: string;
    actor_name: string;
    action: string;
    object: string;
    outcome: string;
    address: string;
    details: string;
    mac: string;
  };
  audit_anchor: { name: string; entry_id: number; mac: string };
}
