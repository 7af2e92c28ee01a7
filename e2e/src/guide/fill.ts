import { finderModel } from '@nightjar/media/testing';
import { type ApiClient, eventually } from '../harness/index.ts';

const STATES_MS = 60_000;

/** What a house that lives with Nightjar for a while has: people, tokens, groups, rules, bookmarks and a camera that is away. */
export async function fill(api: ApiClient, urls: readonly string[]): Promise<void> {
  for (const [i, id] of ['yard', 'door'].entries()) {
    const recording = { enabled: true, segment_duration: 10 };
    await api.addStream({ id, source_url: urls[i]!, recording });
  }
  await api.addStream({ id: 'drone', source_url: 'publish:' });
  await api.addStream({ id: 'garage', source_url: urls[0]!.replace(/\/[^/]*$/, '/nothing') });
  await people(api);
  await notices(api);
  await detection(api);
  const footage = async () => ((await api.recordings('yard')).length > 2 ? true : undefined);
  await eventually('footage', footage, { timeoutMs: STATES_MS });
  await captures(api);
}

async function people(api: ApiClient): Promise<void> {
  await api.expect(201, 'POST', '/api/v1/users', { username: 'mina', role: 'operator' });
  await api.expect(201, 'POST', '/api/v1/api-tokens', { name: 'Doorbell', scopes: ['streams:read'] });
  const clients = { name: 'Ruth AI', client_id: 'ruth', scopes: ['streams:read', 'bookmarks:write'] };
  await api.expect(201, 'POST', '/v2/auth/clients', clients);
  await api.expect(201, 'POST', '/api/v1/camera-groups', { name: 'Outside', cameras: ['yard', 'garage'] });
}

async function detection(api: ApiClient): Promise<void> {
  const network = finderModel({ size: 320, layout: 'yolov8', classes: 2, rows: [0.6, 0.85] });
  const query = 'name=animals&layout=yolov8&classes=cat,dog&width=320';
  const sent = await fetch(`${api.base}/api/v1/models?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/octet-stream' },
    body: Uint8Array.from(network),
  });
  if (sent.status !== 201) throw new Error(await sent.text());
  const inference = { enabled: true, model: 'animals', classes: ['cat'] };
  await api.expect(200, 'PUT', '/api/streams/yard', { inference });
}

async function notices(api: ApiClient): Promise<void> {
  const settings = { topic: 'nightjar-house' };
  const channel = { name: 'Phone', kind: 'ntfy', enabled: false, settings };
  await api.expect(201, 'POST', '/api/v1/notification-channels', channel);
  for (const [name, kind] of [
    ['A camera is away', 'camera_offline'],
    ['Little room left', 'storage_low'],
  ] as const) {
    await api.expect(201, 'POST', '/api/v1/alert-rules', { name, kind });
  }
}

async function captures(api: ApiClient): Promise<void> {
  const center = new Date(Date.now() - 15_000).toISOString();
  const window = { before_seconds: 4, after_seconds: 4 };
  const moment = { source: 'historical', center_timestamp: center, ...window };
  for (const [label, tags] of [
    ['The cat again', ['animal']],
    ['Parcel', ['delivery']],
  ] as const) {
    await api.expect(201, 'POST', '/v2/streams/yard/bookmarks', { ...moment, label, tags });
  }
  await api.expect(201, 'POST', '/v2/streams/yard/snapshots', { source: 'live' });
  const ready = async () => {
    const [bookmarks, snapshots] = await Promise.all([
      api.expect(200, 'GET', '/v2/streams/yard/bookmarks?status=ready'),
      api.expect(200, 'GET', '/v2/streams/yard/snapshots?status=ready'),
    ]);
    return (bookmarks as { total: number }).total === 2 && (snapshots as { total: number }).total === 1;
  };
  await eventually('bookmarks and a snapshot', ready, { timeoutMs: STATES_MS });
}
