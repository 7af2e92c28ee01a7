import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import type { StreamDetail, StreamSummary } from '../api/types.ts';
import { FakeClock, settle } from '../clock/fake-clock.ts';
import { StreamsStore } from './streams-store.ts';
import { makeDetail, makeStream } from './testing.ts';

function setUp() {
  const clock = new FakeClock();
  const server = {
    streams: [makeStream('a')] as readonly StreamSummary[],
    fails: null as ApiError | null,
    lists: 0,
    details: [] as string[],
    missing: new Set<string>(),
  };
  const api = {
    async listStreams(): Promise<readonly StreamSummary[]> {
      server.lists += 1;
      if (server.fails) throw server.fails;
      return server.streams;
    },
    async getStream(id: string): Promise<StreamDetail> {
      server.details.push(id);
      if (server.missing.has(id)) throw new ApiError('refused', 'gone', { status: 404 });
      return makeDetail(server.streams.find((stream) => stream.id === id)!);
    },
  };
  const refused: string[] = [];
  const store = new StreamsStore({ api, clock, onRefused: (error) => refused.push(error.kind) });
  return { clock, server, store, refused };
}

describe('StreamsStore', () => {
  it('reads the list every 2 s until it is closed', async () => {
    const { clock, server, store } = setUp();
    expect(store.state.streams).toBeNull();
    store.start();
    store.start();
    await clock.advance(10_000);
    expect(server.lists).toBe(6);
    expect(store.state.streams).toEqual(server.streams);
    store.close();
    store.close();
    await clock.advance(10_000);
    expect(server.lists).toBe(6);
    expect(clock.pending).toBe(0);
  });

  it('asks nothing while hidden, and at once when seen again', async () => {
    const { clock, server, store } = setUp();
    store.start();
    await clock.advance(1000);
    store.setHidden(true);
    await clock.advance(60_000);
    expect(server.lists).toBe(1);
    store.setHidden(false);
    await settle();
    expect(server.lists).toBe(2);
    await clock.advance(2000);
    expect(server.lists).toBe(3);
  });

  it('reads at once when asked and sooner for a while, never two rounds side by side', async () => {
    const { clock, server, store } = setUp();
    store.start();
    await clock.advance(1000);
    store.refresh();
    await settle();
    expect(server.lists).toBe(2);
    await clock.advance(6 * 700);
    expect(server.lists).toBe(8);
    await clock.advance(1999);
    expect(server.lists).toBe(8);
    await clock.advance(1);
    expect(server.lists).toBe(9);
  });

  it('reads details of the selected stream and of broken ones, and forgets what is gone', async () => {
    const { clock, server, store } = setUp();
    server.streams = [makeStream('a'), makeStream('b', { state: 'failed', status: 'error' })];
    store.setSelected('a');
    store.start();
    await settle();
    expect([...store.state.details.keys()]).toEqual(['a', 'b']);
    server.streams = [makeStream('a')];
    await clock.advance(2000);
    expect([...store.state.details.keys()]).toEqual(['a']);
  });

  it('takes a camera that vanished between two requests calmly', async () => {
    const { server, store } = setUp();
    server.missing.add('a');
    store.setSelected('a');
    store.start();
    await settle();
    expect(server.details).toEqual(['a']);
    expect(store.state.connection).toBe('ok');
  });

  it.each([
    ['network', 'down'],
    ['server', 'server'],
    ['refused', 'server'],
  ] as const)('keeps what it knows and goes on after %s', async (kind, connection) => {
    const { clock, server, store } = setUp();
    store.start();
    await settle();
    server.fails = new ApiError(kind, 'x');
    await clock.advance(2000);
    expect(store.state).toMatchObject({ connection, streams: server.streams });
    server.fails = null;
    await clock.advance(2000);
    expect(store.state.connection).toBe('ok');
  });

  it('waits as long as the server asks', async () => {
    const { clock, server, store } = setUp();
    server.fails = new ApiError('rate_limited', 'x', { retryAfter: 30 });
    store.start();
    await clock.advance(29_999);
    expect(store.state.connection).toBe('busy');
    expect(server.lists).toBe(1);
    await clock.advance(1);
    expect(server.lists).toBe(2);
  });

  it.each(['unauthorized', 'forbidden'] as const)('stops when the token is %s', async (kind) => {
    const { clock, server, store, refused } = setUp();
    server.fails = new ApiError(kind, 'x', { status: 401 });
    store.start();
    await clock.advance(60_000);
    expect(refused).toEqual([kind]);
    expect(server.lists).toBe(1);
  });
});
