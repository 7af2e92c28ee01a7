import { PrivacyConfig, type StreamFault, WeeklySchedule } from '@nightjar/contract';
import { InferenceConfig, RecordingEvents } from '@nightjar/contract/manager';
import type { Insertable, Selectable } from 'kysely';
import type { Schema, Sql } from '../database/index.ts';
import type { Stream, StreamErrorEntry } from './stream.ts';

const ERRORS_KEPT = 20;
const TEXTS_KEPT = 1_000;

/** What a column's text says, worked out once for each text: most streams have the same. Not to be changed. */
function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    if (known.size >= TEXTS_KEPT) known.clear();
    known.set(text, value);
    return value;
  };
}

const privacyOf = remembered((text) => PrivacyConfig.parse(JSON.parse(text)));
const Looking = InferenceConfig.omit({ model: true, threshold: true });
const lookingOf = remembered((text) => {
  const { schedule = null, look_at = null, ...looking } = Looking.parse(JSON.parse(text));
  return { ...looking, schedule, look_at };
});
const recordingEventsOf = remembered((text) => RecordingEvents.parse(JSON.parse(text)));
const scheduleOf = remembered((text) => WeeklySchedule.parse(JSON.parse(text)));

function lookingText({
  model: _,
  threshold: __,
  schedule,
  look_at,
  ...looking
}: Stream['inference']): string {
  const more = { ...(schedule ? { schedule } : {}), ...(look_at ? { look_at } : {}) };
  return JSON.stringify({ ...looking, ...more });
}

function toRow(stream: Stream): Insertable<Schema['streams']> {
  return {
    id: stream.id,
    source_shown: stream.source.shown,
    source_sealed: stream.source.sealed,
    transport: stream.transport,
    tls_pinned: stream.certificate.pinned,
    tls_refused: stream.certificate.refused,
    running: Number(stream.running),
    restart_count: stream.restartCount,
    recording_enabled: Number(stream.recording.enabled),
    recording_segment_duration: stream.recording.segmentDuration,
    recording_retention_days: stream.recording.retentionDays,
    recording_max_bytes: stream.recording.maxBytes,
    recording_schedule: stream.recording.schedule && JSON.stringify(stream.recording.schedule),
    recording_events: stream.recording.events && JSON.stringify(stream.recording.events),
    reconnect_enabled: Number(stream.reconnect.enabled),
    reconnect_max_attempts: stream.reconnect.max_attempts,
    reconnect_backoff_ms: stream.reconnect.backoff_ms,
    on_demand: Number(stream.onDemand.enabled),
    on_demand_grace: stream.onDemand.grace,
    inference_model: stream.inference.model,
    inference_threshold: stream.inference.threshold,
    inference: lookingText(stream.inference),
    created_at: stream.createdAt,
    updated_at: stream.updatedAt,
    last_connected_at: stream.lastConnectedAt,
    recording_since: stream.session.since,
    recording_paused: Number(stream.session.paused),
    recording_label: stream.session.label,
    recording_session_duration: stream.session.segmentDuration,
    recording_ordered: Number(stream.session.ordered),
    privacy: JSON.stringify(stream.privacy),
    privacy_since: stream.privacySince,
    rtsp_path: stream.rtspPath,
  };
}

function fromRow(row: Selectable<Schema['streams']>): Stream {
  return {
    id: row.id,
    source: { shown: row.source_shown, sealed: row.source_sealed },
    transport: row.transport as Stream['transport'],
    certificate: { pinned: row.tls_pinned, refused: row.tls_refused },
    running: row.running === 1,
    restartCount: row.restart_count,
    recording: {
      enabled: row.recording_enabled === 1,
      segmentDuration: row.recording_segment_duration,
      retentionDays: row.recording_retention_days,
      maxBytes: row.recording_max_bytes,
      schedule: row.recording_schedule === null ? null : scheduleOf(row.recording_schedule),
      events: row.recording_events === null ? null : recordingEventsOf(row.recording_events),
    },
    session: {
      since: row.recording_since,
      paused: row.recording_paused === 1,
      label: row.recording_label,
      segmentDuration: row.recording_session_duration,
      ordered: row.recording_ordered === 1,
    },
    reconnect: {
      enabled: row.reconnect_enabled === 1,
      max_attempts: row.reconnect_max_attempts,
      backoff_ms: row.reconnect_backoff_ms,
    },
    onDemand: { enabled: row.on_demand === 1, grace: row.on_demand_grace },
    inference: {
      ...lookingOf(row.inference ?? '{}'),
      model: row.inference_model,
      threshold: row.inference_threshold,
    },
    privacy: privacyOf(row.privacy ?? '{}'),
    privacySince: row.privacy_since,
    rtspPath: row.rtsp_path,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastConnectedAt: row.last_connected_at,
  };
}

/** SQL of streams and the errors they had. */
export const streamStore = {
  async all(sql: Sql): Promise<Stream[]> {
    return (await sql.selectFrom('streams').selectAll().orderBy('created_at').orderBy('id').execute()).map(
      fromRow,
    );
  },

  async find(sql: Sql, id: string): Promise<Stream | undefined> {
    const row = await sql.selectFrom('streams').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async insert(sql: Sql, stream: Stream): Promise<void> {
    await sql.insertInto('streams').values(toRow(stream)).execute();
  },

  async update(sql: Sql, stream: Stream): Promise<void> {
    const { id, created_at, last_connected_at, ...values } = toRow(stream);
    await sql.updateTable('streams').set(values).where('id', '=', id).execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('streams').where('id', '=', id).execute();
  },

  async connected(sql: Sql, id: string, at: string): Promise<void> {
    await sql
      .updateTable('streams')
      .set({ last_connected_at: at })
      .where('id', '=', id)
      .where((row) => row.or([row('last_connected_at', 'is', null), row('last_connected_at', '<', at)]))
      .execute();
  },

  /** A camera's certificate was taken as its own, or refused. */
  async certificate(sql: Sql, id: string, fingerprint: string, trusted: boolean): Promise<void> {
    const values = trusted ? { tls_pinned: fingerprint, tls_refused: null } : { tls_refused: fingerprint };
    await sql.updateTable('streams').set(values).where('id', '=', id).execute();
  },

  /** The file that was to bear the label is there. */
  async labelled(sql: Sql, id: string, label: string): Promise<void> {
    await sql
      .updateTable('streams')
      .set({ recording_label: null })
      .where('id', '=', id)
      .where('recording_label', '=', label)
      .execute();
  },

  /** Keeps the newest entries only; of a stream that is gone it keeps nothing. */
  async addError(sql: Sql, id: string, entry: StreamErrorEntry): Promise<void> {
    if (!(await streamStore.find(sql, id))) return;
    await sql
      .insertInto('stream_errors')
      .values({ stream_id: id, ...entry })
      .execute();
    const kept = sql
      .selectFrom('stream_errors')
      .select('id')
      .where('stream_id', '=', id)
      .orderBy('id', 'desc')
      .limit(ERRORS_KEPT);
    await sql.deleteFrom('stream_errors').where('stream_id', '=', id).where('id', 'not in', kept).execute();
  },

  /** Newest first. */
  async errors(sql: Sql, id: string): Promise<StreamErrorEntry[]> {
    const rows = await sql
      .selectFrom('stream_errors')
      .select(['at', 'fault', 'message'])
      .where('stream_id', '=', id)
      .orderBy('id', 'desc')
      .execute();
    return rows.map((row) => ({ ...row, fault: row.fault as StreamFault }));
  },
};
