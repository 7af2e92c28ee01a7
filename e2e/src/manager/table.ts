/** What one call of the stream manager is to come to. */
export interface Row {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As `/openapi.json` names it; places in braces are filled from `at`, then from what was kept. */
  readonly path: string;
  readonly at?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly status: number;
  /** Of an error. */
  readonly code?: string;
  /** Part of the answer. */
  readonly is?: object;
  /** Asked again until it is so. */
  readonly until?: true;
  /** Fields of the answer that later rows need, under these names. */
  readonly keep?: Readonly<Record<string, string>>;
}

const HOUR_AGO = encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString());
const yard = { id: 'yard' };
const porch = { id: 'porch' };
const studio = { id: 'studio' };
const stream = '/api/streams/{id}';
const recording = `${stream}/recording`;
const recordings = `${stream}/recordings`;
const PRINT = 'ab'.repeat(32);

interface Around {
  /** Address of a camera that answers. */
  readonly camera: string;
  /** A port of this machine where nobody does. */
  readonly silent: number;
  /** Of which there is footage. */
  readonly window: { readonly start: string; readonly end: string };
}

/** Every operation at least once, in an order in which each finds what it needs. */
export const rows = ({ camera, silent, window }: Around): readonly Row[] => [
  { method: 'GET', path: '/health', status: 200, is: { status: 'healthy' } },
  { method: 'GET', path: '/api/status', status: 200, is: { total_streams: 1, active_streams: 1 } },
  {
    ...{ method: 'GET', path: '/api/streams', query: 'status=active&recording=true', status: 200 },
    is: { total: 1, streams: [{ id: 'yard', recording: { status: 'recording' } }] },
  },
  { method: 'GET', path: '/api/streams', query: 'recording=false', status: 200, is: { streams: [] } },
  {
    method: 'GET',
    path: '/api/streams',
    query: 'status=running',
    status: 400,
    code: 'INVALID_CONFIGURATION',
  },
  {
    ...{ method: 'POST', path: '/api/streams', status: 201, is: { id: 'porch', status: 'initializing' } },
    body: { id: 'porch', source_url: camera, reconnect: { max_attempts: 10, backoff_ms: 1000 } },
  },
  {
    ...{ method: 'POST', path: '/api/streams', status: 409, code: 'STREAM_ALREADY_EXISTS' },
    body: { id: 'porch', source_url: camera },
  },
  {
    ...{ method: 'POST', path: '/api/streams', status: 400, code: 'INVALID_CONFIGURATION' },
    body: { id: '../x', source_url: camera },
  },
  {
    ...{ method: 'POST', path: '/api/streams', status: 400, code: 'INVALID_CONFIGURATION' },
    body: { id: 'evil', source_url: 'rtsp://169.254.169.254/x' },
  },
  { method: 'GET', path: stream, at: porch, status: 200, is: { status: 'active' }, until: true },
  { method: 'GET', path: stream, at: yard, status: 200, is: { pipeline: { state: 'playing' }, errors: [] } },
  {
    ...{ method: 'PUT', path: stream, at: porch, status: 200 },
    body: { recording: { retention_days: 3 } },
    is: { recording: { retention_days: 3 } },
  },
  {
    ...{ method: 'PUT', path: stream, at: porch, status: 400, code: 'INVALID_CONFIGURATION' },
    body: { recording: { retention_days: -1 } },
  },
  { method: 'GET', path: `${stream}/metrics`, at: yard, status: 200 },

  { method: 'POST', path: `${recording}/stop`, at: porch, status: 404, code: 'NO_RECORDING' },
  { method: 'POST', path: `${recording}/pause`, at: porch, status: 404, code: 'NO_RECORDING' },
  { method: 'POST', path: `${recording}/resume`, at: porch, status: 404, code: 'NO_RECORDING' },
  {
    ...{ method: 'POST', path: `${recording}/start`, at: porch, status: 400, code: 'INVALID_CONFIGURATION' },
    body: { filename: '../../etc/passwd.mp4' },
  },
  {
    ...{ method: 'POST', path: `${recording}/start`, at: porch, status: 200, is: { status: 'recording' } },
    body: { filename: 'custom-recording.mp4', segment_duration: 43_200 },
  },
  { method: 'POST', path: `${recording}/start`, at: porch, status: 409, code: 'RECORDING_IN_PROGRESS' },
  { method: 'POST', path: `${recording}/pause`, at: porch, status: 200, is: { status: 'paused' } },
  { method: 'POST', path: `${recording}/resume`, at: porch, status: 200 },
  { method: 'POST', path: `${recording}/stop`, at: porch, status: 200, is: { status: 'stopped' } },
  { method: 'GET', path: recordings, at: porch, query: `start_date=${HOUR_AGO}&limit=1`, status: 200 },
  {
    ...{ method: 'GET', path: recordings, at: porch, status: 200, until: true },
    keep: { filename: 'recordings.0.filename' },
  },
  { method: 'PATCH', path: `${recordings}/{filename}`, at: porch, body: { protected: true }, status: 200 },
  {
    ...{ method: 'PATCH', path: `${recordings}/{filename}`, status: 404, code: 'NOT_FOUND' },
    ...{ at: { id: 'porch', filename: 'none.mp4' }, body: { protected: true } },
  },
  { method: 'GET', path: `${stream}/coverage`, at: yard, query: `from=${HOUR_AGO}`, status: 200 },

  { method: 'POST', path: `${stream}/stop`, at: porch, status: 200, is: { status: 'stopping' }, until: true },
  {
    method: 'POST',
    path: `${stream}/start`,
    at: porch,
    status: 200,
    is: { status: 'starting' },
    until: true,
  },
  {
    method: 'POST',
    path: `${stream}/restart`,
    at: porch,
    status: 200,
    is: { status: 'restarting' },
    until: true,
  },
  {
    ...{ method: 'POST', path: `${stream}/certificate`, at: porch, body: { fingerprint: PRINT } },
    ...{ status: 400, code: 'INVALID_CONFIGURATION' },
  },

  { method: 'POST', path: '/api/streams', body: { id: 'studio', source_url: 'publish:' }, status: 201 },
  { method: 'GET', path: `${stream}/publish-key`, at: studio, status: 200 },
  { method: 'POST', path: `${stream}/publish-key`, at: studio, status: 200 },
  { method: 'GET', path: `${stream}/publish-key`, at: porch, status: 400, code: 'INVALID_CONFIGURATION' },
  {
    ...{ method: 'POST', path: `${stream}/pushes`, at: porch, status: 201, keep: { push_id: 'id' } },
    body: { url: `rtmp://127.0.0.1:${silent}/app/key`, enabled: false },
  },
  {
    ...{ method: 'POST', path: `${stream}/pushes`, at: porch, status: 400, code: 'INVALID_CONFIGURATION' },
    body: { url: 'file:///etc/passwd' },
  },
  { method: 'GET', path: `${stream}/pushes`, at: porch, status: 200 },
  { method: 'PUT', path: `${stream}/pushes/{push_id}`, at: porch, body: { enabled: false }, status: 200 },
  { method: 'DELETE', path: `${stream}/pushes/{push_id}`, at: porch, status: 204 },
  { method: 'DELETE', path: `${stream}/pushes/{push_id}`, at: porch, status: 404, code: 'NOT_FOUND' },

  { method: 'POST', path: '/api/probe', body: { source_url: camera }, status: 200, is: { transport: 'tcp' } },
  { method: 'POST', path: '/api/discover', body: { timeout_ms: 200 }, status: 200 },
  {
    ...{ method: 'POST', path: '/api/discover/device', body: { host: '127.0.0.1', port: silent } },
    ...{ status: 502, code: 'CAMERA_UNREACHABLE' },
  },
  { method: 'GET', path: '/api/discover/url-presets', status: 200 },
  { method: 'GET', path: `${stream}/device`, at: porch, status: 200, is: { host: null } },
  {
    ...{
      method: 'PUT',
      path: `${stream}/device`,
      at: porch,
      status: 200,
      is: { port: silent, password_set: true },
    },
    body: { port: silent, username: 'onvif', password: 'its own password' },
  },
  { method: 'GET', path: `${stream}/ptz`, at: porch, status: 502, code: 'CAMERA_UNREACHABLE' },
  {
    ...{ method: 'POST', path: `${stream}/ptz/move`, at: porch, body: { pan: 0.4 } },
    ...{ status: 502, code: 'CAMERA_UNREACHABLE' },
  },
  { method: 'POST', path: `${stream}/ptz/stop`, at: porch, status: 502, code: 'CAMERA_UNREACHABLE' },
  {
    ...{ method: 'POST', path: `${stream}/ptz/presets`, at: porch, body: { name: 'gate' } },
    ...{ status: 502, code: 'CAMERA_UNREACHABLE' },
  },
  {
    ...{ method: 'POST', path: `${stream}/ptz/presets/{preset}/go`, at: { id: 'porch', preset: '1' } },
    ...{ status: 502, code: 'CAMERA_UNREACHABLE' },
  },
  {
    ...{ method: 'DELETE', path: `${stream}/ptz/presets/{preset}`, at: { id: 'porch', preset: '1' } },
    ...{ status: 502, code: 'CAMERA_UNREACHABLE' },
  },
  { method: 'DELETE', path: `${stream}/device`, at: porch, status: 200 },

  { method: 'GET', path: '/api/storage', status: 200 },
  { method: 'POST', path: '/api/storage/preview', body: { retention_days: 1 }, status: 200 },
  { method: 'POST', path: '/api/storage/confirm-clock', status: 204 },
  { method: 'GET', path: '/api/viewers', query: 'protocol=mse', status: 200, is: { viewers: [] } },
  { method: 'GET', path: '/api/metrics', status: 200 },
  { method: 'GET', path: '/api/events', status: 426, code: 'UPGRADE_REQUIRED' },
  { method: 'POST', path: '/api/events/ticket', status: 201, is: { expires_in: 30 } },

  { method: 'GET', path: '/api/config', status: 200 },
  {
    ...{ method: 'PUT', path: '/api/config', body: { recording: { retention_days: 14 } }, status: 200 },
    is: { reload_required: ['recording.retention_days'], restart_required: [] },
  },
  {
    ...{ method: 'PUT', path: '/api/config', body: { recording: { retention_days: 'x' } }, status: 400 },
    code: 'INVALID_CONFIGURATION',
  },
  {
    ...{ method: 'POST', path: '/api/config/reload', status: 200 },
    is: { applied: ['recording.retention_days'] },
  },
  {
    ...{ method: 'GET', path: '/api/config/history', status: 200, keep: { version: 'versions.1.id' } },
    is: { total: 2 },
  },
  { method: 'GET', path: '/api/config/history/{version}', status: 200 },
  {
    ...{ method: 'GET', path: '/api/config/history/{version}', at: { version: '999' }, status: 404 },
    code: 'NOT_FOUND',
  },
  { method: 'POST', path: '/api/config/history/{version}/rollback', status: 200 },

  {
    ...{ method: 'POST', path: '/api/backup', status: 202, keep: { job_id: 'job_id' } },
    ...{ body: { destination: '/backups/b.tar.gz' }, is: { status: 'running' } },
  },
  {
    ...{ method: 'GET', path: '/api/backup/{job_id}', status: 200, until: true },
    is: { status: 'completed', progress: 100 },
  },
  {
    ...{ method: 'GET', path: '/api/backup/{job_id}', at: { job_id: 'backup-00' }, status: 404 },
    code: 'NOT_FOUND',
  },
  {
    ...{ method: 'POST', path: '/api/backup', body: { destination: '/etc/passwd' }, status: 400 },
    code: 'INVALID_CONFIGURATION',
  },
  {
    ...{ method: 'POST', path: '/api/exports', status: 202, keep: { export: 'id' } },
    body: { streams: ['yard'], ...window },
  },
  {
    ...{ method: 'GET', path: '/api/jobs/{id}', status: 200, until: true, is: { state: 'completed' } },
    at: { id: '{export}' },
  },
  { method: 'GET', path: '/api/jobs', query: 'kind=export', status: 200, is: { total: 1 } },
  { method: 'GET', path: '/api/exports/{id}/link', at: { id: '{export}' }, status: 200 },
  { method: 'GET', path: '/api/exports/{id}/file', at: { id: '{export}' }, status: 200 },
  { method: 'DELETE', path: '/api/jobs/{id}', at: { id: '{export}' }, status: 200 },
  { method: 'DELETE', path: '/api/exports/{id}', at: { id: '{export}' }, status: 204 },
  { method: 'GET', path: '/api/jobs/{id}', at: { id: 'export-00' }, status: 404, code: 'NOT_FOUND' },
  { method: 'DELETE', path: stream, at: studio, status: 204 },
  {
    ...{ method: 'POST', path: '/api/restore', status: 202, keep: { job_id: 'job_id' } },
    body: { backup_file: '/backups/b.tar.gz', restore_config: true, restore_state: true },
  },
  {
    ...{ method: 'GET', path: '/api/backup/{job_id}', status: 200, until: true },
    is: { status: 'completed' },
  },
  { method: 'GET', path: stream, at: studio, status: 200 },
  {
    ...{ method: 'POST', path: '/api/restore', body: { backup_file: '/backups/none.tar.gz' }, status: 400 },
    code: 'INVALID_CONFIGURATION',
  },
  { method: 'DELETE', path: stream, at: studio, status: 204 },
  { method: 'GET', path: stream, at: studio, status: 404, code: 'STREAM_NOT_FOUND' },
];
