import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Scope } from '@nightjar/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import { createLog } from '../log.ts';
import { type App, createHttpApp } from './app.ts';
import type { Principal, Reach } from './principal.ts';

const SCOPES: Scope[] = ['recordings:read', 'streams:unblurred', 'originals:read'];
const EVE: Principal = {
  kind: 'person',
  id: 'eve',
  name: 'eve',
  scopes: SCOPES,
  reach: new Map([['yard', null]]),
};

let clock: FakeClock;
let app: App;
let now: (before: Principal) => Principal | undefined;
let asked: number;

beforeEach(async () => {
  clock = new FakeClock();
  now = (before) => before;
  asked = 0;
  app = await createHttpApp({
    ...{ clock, version: '0', dialects: [{ prefix: '/', body: ({ code }) => code }] },
    log: createLog({ level: 'silent', write: () => undefined }),
    limits: () => ({ reads_per_minute: 100, writes_per_minute: 20 }),
    authenticate: async () => EVE,
    reopen: async (before) => {
      asked++;
      return now(before);
    },
  });
  const config = { access: { scope: 'recordings:read', object: { stream: 'id' } } } as const;
  const endless = () => new Readable({ read: () => undefined });
  app.get('/film/:id', { config }, (_request, reply) => {
    const film = endless();
    film.push('begun');
    return reply.send(film);
  });
  const listing = { access: { scope: 'recordings:read', object: 'listing' } } as const;
  app.get('/files/:name', { config: listing }, (request, reply) => {
    request.mediaOf = (request.params as { name: string }).name.split('~')[0];
    const film = endless();
    film.push('begun');
    return reply.send(film);
  });
  app.get('/short/:id', { config }, () => 'done');
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => app.close());

/** The answer to `path`, of which something has come. */
async function begin(path: string): Promise<IncomingMessage> {
  const { port } = app.server.address() as AddressInfo;
  const request = get({ port, host: '127.0.0.1', path, headers: { authorization: 'Bearer eve' } });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  await once(response, 'data');
  return response;
}

const without = (lost: Partial<Principal>) => (before: Principal) => ({ ...before, ...lost });
const elsewhere: Reach = new Map([['gate', null]]);

it.each([
  ['who is gone', () => undefined],
  ['who lost the scope', without({ scopes: ['streams:unblurred', 'originals:read'] })],
  ['who lost the stream', without({ reach: elsewhere })],
  ['who may see the original no more', without({ scopes: ['recordings:read', 'originals:read'] })],
  ['who may see recorded originals no more', without({ scopes: ['recordings:read', 'streams:unblurred'] })],
] as const)('a download of %s ends within 5 s', async (_who, then) => {
  for (const path of ['/film/yard', '/files/yard~a.mp4']) await endsFor(path, then);
});

async function endsFor(path: string, then: typeof now): Promise<void> {
  now = (before) => before;
  const film = await begin(path);
  now = then;
  const ended = once(film, 'error');
  clock.advance(4_999);
  expect(String(await ended)).toContain('aborted');
}

it('a right that cannot be looked at ends it too', async () => {
  const film = await begin('/film/yard');
  now = () => {
    throw new Error('the database is away');
  };
  const ended = once(film, 'error');
  clock.advance(4_999);
  expect(String(await ended)).toContain('aborted');
});

it('goes on while it may, and nobody is asked of what has ended', async () => {
  const film = await begin('/film/yard');
  for (let look = 0; look < 5; look++) {
    clock.advance(2_000);
    await new Promise(setImmediate);
  }
  expect([asked, film.destroyed]).toEqual([4, false]);
  film.destroy();
  await begin('/short/yard');
  const last = await begin('/film/yard');
  clock.advance(2_000);
  asked = 0;
  clock.advance(2_000);
  await new Promise(setImmediate);
  expect([asked, last.destroyed]).toEqual([1, false]);
  last.destroy();
});
