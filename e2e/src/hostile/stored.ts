import type { ApiClient } from '../harness/index.ts';

/** What strangers write where a text is stored. */
export const PAYLOADS = [
  '<img src=x onerror=pwned(1)>',
  '"><script>pwned(2)</script>',
  "'-pwned(3)-'",
  '<svg/onload=pwned(4)>',
  'javascript:pwned(5)',
  '{{constructor.constructor("pwned(6)")()}}',
  '</title><script>pwned(7)</script>',
  '\u2028<iframe srcdoc="<script>parent.pwned(8)</script>">',
];

interface Field {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly body: (payload: string, n: number) => object;
  readonly headers?: (payload: string) => Record<string, string>;
}

const camera = (n: number) => ({ id: `cam-${n}`, source_url: 'rtsp://127.0.0.1:10554/x' });

/** Every place where the API keeps a text of a caller, whole or in part. */
export const FIELDS: readonly Field[] = [
  {
    name: 'address of a stream',
    path: '/api/streams',
    body: (payload, n) => ({
      id: `xss-${n}`,
      source_url: `rtsp://127.0.0.1:10554/x?name=${encodeURIComponent(payload)}`,
    }),
  },
  {
    name: 'camera',
    path: '/api/v1/cameras',
    body: (payload, n) => ({
      ...{ ...camera(n), name: payload, location: payload, description: payload },
    }),
  },
  { name: 'group', path: '/api/v1/camera-groups', body: (name) => ({ name, cameras: ['cam-0'] }) },
  {
    name: 'layout',
    path: '/api/v1/layouts',
    body: (name) => ({ name, columns: 2, tiles: [{ camera_id: 'cam-0', x: 0, y: 0 }], shared: true }),
  },
  {
    name: 'channel',
    path: '/api/v1/notification-channels',
    body: (name) => ({
      ...{ name, kind: 'mqtt' },
      settings: { url: 'mqtts://mqtt.example.org', username: name, password: 'x' },
    }),
  },
  {
    name: 'alert rule',
    path: '/api/v1/alert-rules',
    body: (name) => ({ name, kind: 'camera_offline', thresholds: { for_seconds: 0 } }),
  },
  { name: 'token', path: '/api/v1/api-tokens', body: (name) => ({ name, scopes: ['streams:read'] }) },
  { name: 'client', path: '/v2/auth/clients', body: (name) => ({ name, scopes: ['streams:read'] }) },
  {
    name: 'sign-in',
    path: '/api/v1/auth/login',
    body: (username) => ({ username, password: username }),
    headers: (payload) => ({ authorization: '', 'user-agent': payload.replaceAll('\u2028', ' ') }),
  },
  {
    name: 'bookmark',
    path: '/v2/streams/yard/bookmarks',
    body: (payload) => ({
      ...{ source: 'live', label: payload, event_type: payload },
      ...{ tags: [payload], created_by: payload },
    }),
  },
  {
    name: 'snapshot',
    path: '/v2/streams/yard/snapshots',
    body: (payload) => ({
      ...{ source: 'live', created_by: payload },
      metadata: { [payload]: payload },
    }),
  },
  {
    name: 'configuration',
    method: 'PUT',
    path: '/api/config',
    body: (name) => ({ oidc: { name } }),
  },
];

/** Texts that have a form of their own: none of the payloads is one. */
export const FORMED: readonly Field[] = [
  { name: 'person', path: '/api/v1/users', body: (username) => ({ username, role: 'viewer' }) },
  {
    name: 'serial number',
    path: '/api/v1/cameras',
    body: (payload, n) => ({ ...camera(n), id: `sn-${n}`, name: 'x', serial_number: payload }),
  },
  { name: 'id of a stream', path: '/api/streams', body: (id) => ({ id, source_url: 'publish:' }) },
];

/** Stores every payload in every field; what the API took of each, by the field's name. */
export async function storeEverywhere(
  api: ApiClient,
  fields: readonly Field[],
): Promise<Map<string, number>> {
  const taken = new Map<string, number>();
  for (const { name, method = 'POST', path, body, headers } of fields) {
    for (const [n, payload] of PAYLOADS.entries()) {
      const { status } = await api.request(method, path, body(payload, n), headers?.(payload));
      if (status < 300) taken.set(name, (taken.get(name) ?? 0) + 1);
    }
  }
  return taken;
}
