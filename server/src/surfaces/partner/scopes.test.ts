import type { Scope } from '@nightjar/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/index.ts';

/** What each route of the document asks for; said here once more, for a policy is no proof of itself. */
const NEEDED: readonly (readonly [Scope, 'GET' | 'POST' | 'PUT' | 'DELETE', string])[] = [
  ['clients:write', 'POST', '/v2/auth/clients'],
  ['clients:read', 'GET', '/v2/auth/clients'],
  ['streams:read', 'GET', '/v2/streams'],
  ['streams:write', 'POST', '/v2/streams'],
  ['streams:read', 'GET', '/v2/streams/yard'],
  ['streams:write', 'DELETE', '/v2/streams/other'],
  ['streams:read', 'GET', '/v2/streams/yard/health'],
  ['streams:read', 'GET', '/v2/streams/yard/hls/playlist.m3u8'],
  ['streams:read', 'GET', '/v2/streams/yard/hls/17.ts'],
  ['streams:read', 'GET', '/v2/streams/yard/rtp-capabilities'],
  ['streams:read', 'POST', '/v2/streams/yard/consume'],
  ['streams:read', 'GET', '/v2/streams/yard/consumers'],
  ['streams:read', 'POST', '/v2/streams/yard/consumers/AbCdEfGhIjKlMnOpQrStUv/connect'],
  ['streams:read', 'POST', '/v2/streams/yard/consumers/AbCdEfGhIjKlMnOpQrStUv/ice-candidate'],
  ['streams:read', 'DELETE', '/v2/streams/yard/consumers/AbCdEfGhIjKlMnOpQrStUv'],
  ['bookmarks:write', 'POST', '/v2/streams/yard/bookmarks'],
  ['bookmarks:read', 'GET', '/v2/streams/yard/bookmarks'],
  ['bookmarks:read', 'GET', '/v2/bookmarks/bm-0'],
  ['bookmarks:read', 'GET', '/v2/bookmarks/bm-0/video'],
  ['bookmarks:read', 'GET', '/v2/bookmarks/bm-0/thumbnail'],
  ['bookmarks:write', 'PUT', '/v2/bookmarks/bm-0'],
  ['bookmarks:write', 'DELETE', '/v2/bookmarks/bm-0'],
  ['snapshots:write', 'POST', '/v2/streams/yard/snapshots'],
  ['snapshots:read', 'GET', '/v2/streams/yard/snapshots'],
  ['snapshots:read', 'GET', '/v2/snapshots/snap-0'],
  ['snapshots:read', 'GET', '/v2/snapshots/snap-0/image'],
  ['snapshots:write', 'DELETE', '/v2/snapshots/snap-0'],
  ['streams:read', 'GET', '/v2/webhooks'],
  ['streams:read', 'POST', '/v2/webhooks'],
];
const SCOPES = [...new Set(NEEDED.map(([scope]) => scope))];

let server: TestServer;
/** Headers of the client that has one scope alone, and of the one that lacks it alone. */
const alone = new Map<Scope, Record<string, string>>();
const without = new Map<Scope, Record<string, string>>();

async function client(id: string, scopes: readonly Scope[]): Promise<Record<string, string>> {
  const body = { name: id, client_id: id, scopes };
  const { client_secret } = await server.expect<{ client_secret: string }>(
    201,
    'POST',
    '/v2/auth/clients',
    body,
  );
  const signedIn = await server.call(
    'POST',
    '/v2/auth/token',
    { client_id: id, client_secret },
    { authorization: '' },
  );
  return { authorization: `Bearer ${(signedIn.body as { access_token: string }).access_token}` };
}

beforeAll(async () => {
  server = await TestServer.start();
  for (const camera_id of ['yard', 'other'])
    await server.expect(201, 'POST', '/v2/streams', { camera_id, source_url: 'rtsp://10.0.0.5/x' });
  for (const [n, scope] of SCOPES.entries()) {
    alone.set(scope, await client(`alone-${n}`, [scope]));
    without.set(
      scope,
      await client(
        `without-${n}`,
        SCOPES.filter((each) => each !== scope),
      ),
    );
  }
});
afterAll(() => server[Symbol.asyncDispose]());

test.each(NEEDED)('%s is what it takes: %s %s', async (scope, method, path) => {
  const ask = async (headers: Record<string, string>) =>
    (await server.call(method, path, method === 'GET' || method === 'DELETE' ? undefined : {}, headers))
      .status;
  expect(await ask({ authorization: '' })).toBe(401);
  expect(await ask({ authorization: 'Bearer nonsense' })).toBe(401);
  expect(await ask(without.get(scope)!)).toBe(403);
  expect([401, 403]).not.toContain(await ask(alone.get(scope)!));
});

test('every route of the document is in the table', () => {
  const listed = new Set(
    NEEDED.map(([, method, path]) => `${method} ${path.split('/').length} ${path.split('/')[2]}`),
  );
  const open = new Set(['POST /v2/auth/token']);
  const missing = server.routes
    .filter(
      ({ url }) => url.startsWith('/v2/') && !/rotate|replay|deliveries|:webhook_id|clients\/:/.test(url),
    )
    .flatMap(({ url, method }) =>
      [method]
        .flat()
        .filter((each) => each !== 'HEAD' && !open.has(`${each} ${url}`))
        .map((each) => ({ url, each })),
    )
    .filter(({ url, each }) => !listed.has(`${each} ${url.split('/').length} ${url.split('/')[2]}`));
  expect(missing).toEqual([]);
});
