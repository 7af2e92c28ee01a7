import { Layout, LayoutList } from '@nightjar/contract/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../../testing/index.ts';

let server: TestServer;
let other: Record<string, string>;

beforeAll(async () => {
  server = await TestServer.start();
  for (const id of ['door', 'yard']) {
    await server.expect(201, 'POST', '/api/v1/cameras', { id, name: id });
  }
  const { token } = await server.expect<{ token: string }>(201, 'POST', '/api/v1/api-tokens', {
    name: 'other',
    scopes: ['cameras:read'],
    reach: 'granted',
    grants: [{ kind: 'camera', id: 'door' }],
  });
  other = { authorization: `Bearer ${token}` };
});
afterAll(() => server[Symbol.asyncDispose]());

const tiles = ['door', 'yard'].map((camera_id, x) => ({ camera_id, x, y: 0 }));

test('a layout is its owner’s; one that is shared shows others the cameras within their reach', async () => {
  const body = { name: 'Wall', columns: 2, tiles };
  const wall = Layout.parse(await server.expect(201, 'POST', '/api/v1/layouts', body));
  expect(wall).toMatchObject({ own: true, shared: false, tiles: [{ w: 1, h: 1, stream_id: null }, {}] });
  const url = `/api/v1/layouts/${wall.id}`;
  expect((await server.call('GET', url, undefined, other)).status).toBe(404);
  await server.expect(200, 'PUT', url, { shared: true, columns: 3 });
  const seen = Layout.parse((await server.call('GET', url, undefined, other)).body);
  expect(seen).toMatchObject({ own: false, columns: 3, tiles: [{ camera_id: 'door' }] });
  expect(seen.tiles).toHaveLength(1);
  expect((await server.call('PUT', url, { name: 'Mine' }, other)).status).toBe(403);
  expect((await server.call('DELETE', url, undefined, other)).status).toBe(403);
  const list = LayoutList.parse((await server.call('GET', '/api/v1/layouts', undefined, other)).body);
  expect(list).toMatchObject({ total: 1, items: [{ name: 'Wall' }] });
  expect((await server.call('POST', '/api/v1/layouts', body)).body).toMatchObject({ statusCode: 409 });
  expect((await server.call('POST', '/api/v1/layouts', body, other)).status).toBe(201);
  await server.expect(204, 'DELETE', url);
  expect((await server.call('GET', url)).body).toMatchObject({ statusCode: 404, error: 'Not Found' });
});

test.each([
  ['no column', { name: 'x', columns: 0 }],
  ['a tile beyond the grid', { name: 'x', tiles: [{ camera_id: 'door', x: 48, y: 0 }] }],
  ['a tile of no camera', { name: 'x', tiles: [{ camera_id: '../x', x: 0, y: 0 }] }],
  ['more tiles than a wall has', { name: 'x', tiles: Array.from({ length: 501 }, () => tiles[0]) }],
])('%s is refused', async (_what, body) => {
  expect((await server.call('POST', '/api/v1/layouts', body)).body).toMatchObject({ statusCode: 400 });
});
