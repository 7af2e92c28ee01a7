import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ALL_SCOPES, type Scope } from '@nightjar/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventClient, errorOf, TestServer } from '../../testing/index.ts';

/** Routes of S2 with the scope each asks for, as the documents say; the matrix of every route holds the rest. */
const ROUTES: readonly (readonly [method: string, path: string, scope: Scope])[] = [
  ['GET', '/api/status', 'streams:read'],
  ['GET', '/api/streams', 'streams:read'],
  ['GET', '/api/streams/x', 'streams:read'],
  ['GET', '/api/streams/x/metrics', 'streams:read'],
  ['POST', '/api/streams', 'streams:write'],
  ['PUT', '/api/streams/x', 'streams:write'],
  ['DELETE', '/api/streams/x', 'streams:write'],
  ['POST', '/api/streams/x/start', 'streams:write'],
  ['POST', '/api/streams/x/stop', 'streams:write'],
  ['POST', '/api/streams/x/restart', 'streams:write'],
  ['GET', '/api/streams/x/recordings', 'recordings:read'],
  ['POST', '/api/streams/x/recording/start', 'recordings:write'],
  ['POST', '/api/streams/x/recording/stop', 'recordings:write'],
  ['POST', '/api/streams/x/recording/pause', 'recordings:write'],
  ['POST', '/api/streams/x/recording/resume', 'recordings:write'],
  ['GET', '/api/metrics', 'metrics:read'],
  ['GET', '/api/viewers', 'events:read'],
  ['GET', '/api/events', 'events:read'],
  ['POST', '/api/events/ticket', 'events:read'],
  ['GET', '/api/config', 'config:read'],
  ['PUT', '/api/config', 'config:write'],
  ['POST', '/api/config/reload', 'config:write'],
  ['GET', '/api/config/history', 'config:read'],
  ['GET', '/api/config/history/{version}', 'config:read'],
  ['POST', '/api/config/history/{version}/rollback', 'config:write'],
  ['POST', '/api/backup', 'backup:write'],
  ['GET', '/api/backup/{job_id}', 'backup:read'],
  ['POST', '/api/restore', 'backup:write'],
];

let server: TestServer;
let address: string;
beforeAll(async () => {
  server = await TestServer.start();
  address = await server.listen();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A token that grants these scopes and no more. */
function tokenOf(scopes: readonly Scope[]): string {
  const token = `nj_${randomBytes(32).toString('base64url')}`;
  const database = new DatabaseSync(join(server.dataDir, 'nightjar.db'), { timeout: 5_000 });
  database
    .prepare('insert into api_tokens (id, name, hash, scopes, created_at) values (?, ?, ?, ?, ?)')
    .run(
      token.slice(3, 12),
      'test',
      createHash('sha256').update(token).digest('hex'),
      JSON.stringify(scopes),
      '2024-01-15T10:00:00.000Z',
    );
  database.close();
  return token;
}

const call = (method: string, path: string, token: string | undefined) =>
  server.call(method, path, method === 'PUT' ? {} : undefined, {
    authorization: token === undefined ? '' : `Bearer ${token}`,
  });

describe('who may call what', () => {
  test.each(ROUTES)('%s %s asks for %s', async (method, path, scope) => {
    const stranger = await call(method, path, undefined);
    expect([stranger.status, errorOf(stranger).code]).toEqual([401, 'UNAUTHORIZED']);
    const others = tokenOf(ALL_SCOPES.filter((each) => each !== scope));
    const refused = await call(method, path, others);
    expect([refused.status, errorOf(refused)]).toEqual([
      403,
      { code: 'FORBIDDEN', message: 'The token does not grant this', details: { scope } },
    ]);
    expect([401, 403]).not.toContain((await call(method, path, tokenOf([scope]))).status);
  });

  test('an event socket asks for events:read however the token comes', async () => {
    const url = `${address.replace('http', 'ws')}/api/events`;
    const without = tokenOf(ALL_SCOPES.filter((scope) => scope !== 'events:read'));
    const refusals = [
      new EventClient(url, { authorization: `Bearer ${without}` }),
      new EventClient(`${url}?token=${without}`),
    ];
    for (const client of refusals) {
      expect(await client.refusal()).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    }
    await using late = await new EventClient(url).opened();
    late.say({ type: 'auth', token: without });
    expect(await late.closed).toEqual({ code: 1008, reason: 'FORBIDDEN' });
    await using enough = new EventClient(`${url}?token=${tokenOf(['events:read'])}`);
    await enough.ofType('events.ready');
  });

  test('a token that is taken back closes its socket within 5 s', async () => {
    const token = tokenOf(['events:read']);
    await using client = new EventClient(`${address.replace('http', 'ws')}/api/events`, {
      authorization: `Bearer ${token}`,
    });
    await client.ofType('events.ready');
    const database = new DatabaseSync(join(server.dataDir, 'nightjar.db'), { timeout: 5_000 });
    database.prepare('delete from api_tokens where id = ?').run(token.slice(3, 12));
    database.close();
    const began = performance.now();
    expect(await client.closed).toEqual({ code: 1008, reason: 'UNAUTHORIZED' });
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
