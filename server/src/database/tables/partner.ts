/** Columns as they are explained in the migrations. */
export interface BookmarkTable {
  id: string;
  stream_id: string;
  source: string;
  center_at: string;
  before_seconds: number;
  after_seconds: number;
  label: string;
  event_type: string | null;
  confidence: number | null;
  tags: string;
  created_by: string;
  owner: string;
  status: string;
  error: string | null;
  clip_start_at: string | null;
  clip_end_at: string | null;
  duration: number | null;
  bytes: number | null;
  sha256: string | null;
  thumbnail: number;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface SnapshotTable {
  id: string;
  stream_id: string;
  source: string;
  wanted_at: string;
  taken_at: string | null;
  created_by: string;
  owner: string;
  metadata: string;
  status: string;
  error: string | null;
  bytes: number | null;
  version: number;
  created_at: string;
  updated_at: string;
}

export interface WebhookTable {
  id: string;
  owner: string;
  url_shown: string;
  sealed: string;
  events: string;
  description: string;
  enabled: number;
  disabled_reason: string | null;
  created_at: string;
  updated_at: string;
}
