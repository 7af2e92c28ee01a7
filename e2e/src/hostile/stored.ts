import type { ApiClient } from '../harness/index.ts';

export const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';

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

/** Writes a payload with the name of the place it goes to behind it, so that it is known where it is seen again. */
type Write = (place: string) => string;

interface Field {
  readonly name: string;
  readonly method?: string;
  readonly path: string | ((write: Write) => string);
  readonly body?: (write: Write, n: number) => object;
  readonly headers?: (write: Write) => Record<string, string>;
}

const camera = (n: number) => ({ id: `cam-${n}`, source_url: 'rtsp://127.0.0.1:10554/x' });

/** Every place where the API keeps a text of a caller, whole or in part. */
export const FIELDS: readonly Field[] = [
  {
    name: 'address of a stream',
    path: '/api/streams',
    body: (write, n) => ({
      id: `xss-${n}`,
      source_url: `rtsp://127.0.0.1:10554/x?name=${encodeURIComponent(write('address'))}`,
    }),
  },
  {
    name: 'camera',
    path: '/api/v1/cameras',
    body: (write, n) => ({
      ...{ ...camera(n), name: write('camera'), location: write('location'), description: write('about') },
    }),
  },
  {
    name: 'account of a device',
    method: 'PUT',
    path: '/api/streams/cam-0/device',
    body: (write) => ({ username: write('device'), password: 'x' }),
  },
  {
    name: 'push',
    path: '/api/streams/cam-0/pushes',
    body: (write) => ({
      ...{ url: `rtsp://127.0.0.1:10554/${encodeURIComponent(write('push'))}`, enabled: false },
    }),
  },
  {
    name: 'group',
    path: '/api/v1/camera-groups',
    body: (write) => ({ name: write('group'), cameras: ['cam-0'] }),
  },
  {
    name: 'layout',
    path: '/api/v1/layouts',
    body: (write) => ({
      ...{ name: write('layout'), columns: 2, tiles: [{ camera_id: 'cam-0', x: 0, y: 0 }], shared: true },
    }),
  },
  {
    name: 'channel',
    path: '/api/v1/notification-channels',
    body: (write) => ({
      ...{ name: write('channel'), kind: 'mqtt' },
      settings: { url: 'mqtts://mqtt.example.org', username: write('account'), password: 'x' },
    }),
  },
  {
    name: 'alert rule',
    path: '/api/v1/alert-rules',
    body: (write) => ({ name: write('rule'), kind: 'camera_offline', thresholds: { for_seconds: 0 } }),
  },
  {
    name: 'token',
    path: '/api/v1/api-tokens',
    body: (write) => ({ name: write('token'), scopes: ['streams:read'] }),
  },
  {
    name: 'client',
    path: '/v2/auth/clients',
    body: (write) => ({ name: write('client'), scopes: ['streams:read'] }),
  },
  {
    name: 'sign-in',
    path: '/api/v1/auth/login',
    body: () => ({ username: 'admin', password: PASSWORD }),
    headers: (write) => ({ authorization: '', 'user-agent': write('agent').replaceAll('\u2028', ' ') }),
  },
  {
    name: 'bookmark',
    path: '/v2/streams/yard/bookmarks',
    body: (write) => ({
      ...{ source: 'live', label: write('bookmark'), event_type: write('event') },
      ...{ tags: [write('tag')], created_by: write('maker') },
    }),
  },
  {
    name: 'snapshot',
    path: '/v2/streams/yard/snapshots',
    body: (write) => ({
      ...{ source: 'live', created_by: write('maker') },
      metadata: { [write('key')]: write('value') },
    }),
  },
  {
    name: 'webhook',
    path: '/v2/webhooks',
    body: (write) => ({
      ...{ url: `https://hooks.example.org/${encodeURIComponent(write('hook'))}` },
      ...{ events: ['bookmark.ready'], description: write('webhook') },
    }),
  },
  {
    name: 'configuration',
    method: 'PUT',
    path: '/api/config',
    body: (write) => ({ oidc: { name: write('provider') } }),
  },
];

/** Texts that have a form of their own: none of the payloads is one. */
export const FORMED: readonly Field[] = [
  {
    name: 'person',
    path: '/api/v1/users',
    body: (write) => ({ username: write('person'), role: 'viewer' }),
  },
  {
    name: 'serial number',
    path: '/api/v1/cameras',
    body: (write, n) => ({ ...camera(n), id: `sn-${n}`, name: 'x', serial_number: write('serial') }),
  },
  {
    name: 'id of a stream',
    path: '/api/streams',
    body: (write) => ({ id: write('id'), source_url: 'publish:' }),
  },
  // Refused, and written down as such with what was asked for.
  {
    name: 'path',
    method: 'DELETE',
    path: (write) => `/api/v1/users/${encodeURIComponent(write('path'))}`,
  },
];

/** Stores every payload in every field; what the API took of each, by the field's name. */
export async function storeEverywhere(
  api: ApiClient,
  fields: readonly Field[],
): Promise<Map<string, number>> {
  const taken = new Map<string, number>();
  for (const { name, method = 'POST', path, body, headers } of fields) {
    for (const [n, payload] of PAYLOADS.entries()) {
      const write: Write = (place) => `${payload}~${place}`;
      const url = typeof path === 'string' ? path : path(write);
      const { status } = await api.request(method, url, body?.(write, n), headers?.(write));
      if (status < 300) taken.set(name, (taken.get(name) ?? 0) + 1);
    }
  }
  return taken;
}
