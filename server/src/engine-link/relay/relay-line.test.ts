import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLinkAuthorization } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../kernel/index.ts';
import { FakeClock, RelayEnd } from '../../testing/index.ts';
import { RelayLine } from './index.ts';
import type { ClientWire } from './relayed.ts';

const KEY = Buffer.alloc(32, 5);
const ASKED = { path: '/live/cam/stream.flv', ticket: 't' };

let folder: string;
let socketPath: string;
let http: Server;
let line: RelayLine;
let clock: FakeClock;
let ends: RelayEnd[];
let onOpen: ConstructorParameters<typeof RelayEnd>[2];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-relay-'));
  socketPath = join(folder, 'engine.sock');
  clock = new FakeClock();
  ends = [];
  onOpen = (end, viewer) => end.begin(viewer, { 'content-type': 'video/x-flv' });
  http = createServer();
  http.on('upgrade', (request, socket, head) => {
    if (!isLinkAuthorization(KEY, request.headers.authorization)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      return;
    }
    ends.push(new RelayEnd(socket, head, (...told) => onOpen?.(...told)));
  });
  await new Promise<void>((resolve) => http.listen(socketPath, resolve));
  line = lineWith(KEY);
});
afterEach(async () => {
  line.close();
  for (const end of ends) end.drop();
  await new Promise((resolve) => http.close(resolve));
  await rm(folder, { recursive: true });
});

const lineWith = (key: Buffer): RelayLine =>
  new RelayLine({ socketPath, key, clock, log: createLog({ level: 'fatal', write: () => undefined }) });

const open = (signal = new AbortController().signal) => line.open(ASKED, { timeoutMs: 15_000, signal });

/** A client that takes what it is told to. */
class Client implements ClientWire {
  readonly heard: Buffer[] = [];
  writableLength = 0;
  stalled = false;
  state: 'open' | 'ended' | 'destroyed' = 'open';
  #wake: (() => void) | undefined;

  write(bytes: Buffer): void {
    this.heard.push(bytes);
    if (this.stalled) this.writableLength += bytes.length;
    this.#wake?.();
  }

  end(): void {
    if (this.state === 'open') this.state = 'ended';
    this.#wake?.();
  }

  destroy(): void {
    this.state = 'destroyed';
    this.#wake?.();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  get text(): string {
    return Buffer.concat(this.heard).toString();
  }
}

async function joined(): Promise<{ client: Client; answer: Awaited<ReturnType<RelayLine['open']>> }> {
  const [client, answer] = [new Client(), await open()];
  answer.pourInto(client);
  return { client, answer };
}

describe('the relay of the server', () => {
  it('gives one message to all viewers that it names, over one connection, and to no other', async () => {
    const [a, b, c] = [await joined(), await joined(), await joined()];
    expect(a.answer.headers).toEqual({ 'content-type': 'video/x-flv' });
    expect(ends).toHaveLength(1);
    ends[0]!.media([1, 3, 99], Buffer.from('one'));
    ends[0]!.media([2], Buffer.from('two'));
    await b.client.until(() => b.client.heard.length === 1);
    expect([a, b, c].map(({ client }) => client.text)).toEqual(['one', 'two', 'one']);
    expect(a.client.heard[0]!.buffer).toBe(c.client.heard[0]!.buffer);
  });

  it('keeps what comes before there is somewhere to put it', async () => {
    onOpen = (end, viewer) => {
      end.begin(viewer);
      end.media([viewer], Buffer.from('early '));
      end.media([viewer], Buffer.from('bird'));
      end.end(viewer);
    };
    const { client } = await joined();
    await client.until(() => client.state === 'ended');
    expect(client.text).toBe('early bird');
  });

  it('tells what each client took and what it left, and nothing when there is no news', async () => {
    const { client } = await joined();
    const [end] = ends;
    end!.media([1], Buffer.alloc(1000));
    await client.until(() => client.heard.length === 1);
    clock.advance(100);
    await end!.until(() => end!.taken.length === 1);
    client.stalled = true;
    end!.media([1], Buffer.alloc(500));
    await client.until(() => client.heard.length === 2);
    clock.advance(200);
    client.writableLength = 200;
    clock.advance(100);
    client.writableLength = 0;
    clock.advance(500);
    await end!.until(() => end!.taken.length === 4);
    expect(end!.taken).toEqual([
      { viewer: 1, taken: 1000, queued: 0 },
      { viewer: 1, taken: 0, queued: 500 },
      { viewer: 1, taken: 300, queued: 200 },
      { viewer: 1, taken: 200, queued: 0 },
    ]);
  });

  it('passes on what a client says, and that it has gone, once', async () => {
    const { answer } = await joined();
    answer.say(Buffer.from('hello'));
    answer.leave();
    answer.leave();
    answer.say(Buffer.from('ghost'));
    const [end] = ends;
    await joined();
    expect([end!.said, end!.left]).toEqual([[{ viewer: 1, text: 'hello' }], [1]]);
  });

  it('cuts a client at once; one that does not take the rest is cut after 10 s', async () => {
    const [a, b] = [await joined(), await joined()];
    ends[0]!.cut(1);
    ends[0]!.end(2);
    await b.client.until(() => b.client.state === 'ended');
    expect(a.client.state).toBe('destroyed');
    clock.advance(10_000);
    expect(b.client.state).toBe('destroyed');
  });

  it('ends its clients when the engine goes away, and the next viewer opens it anew', async () => {
    const { client } = await joined();
    ends[0]!.drop();
    await client.until(() => client.state === 'ended');
    await joined();
    expect(ends).toHaveLength(2);
  });

  it.each([
    ['the engine refuses', 'NOT_PLAYABLE', (end: RelayEnd, viewer: number) => end.refuse(viewer, 422, 'no')],
    ['the engine goes away', 'ENGINE_FAILED', (end: RelayEnd) => end.drop()],
    ['it says what is no frame', 'ENGINE_FAILED', (end: RelayEnd) => end.write(Buffer.alloc(9, 255))],
    ['its time is over', 'ENGINE_FAILED', () => clock.advance(15_000)],
  ])('a viewer is refused when %s', async (_when, code, told) => {
    onOpen = told;
    await expect(open()).rejects.toMatchObject({ code });
  });

  it('a viewer is refused that has gone, when there is no engine, and when keys differ', async () => {
    await expect(open(AbortSignal.abort())).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    const stranger = lineWith(Buffer.alloc(32, 6));
    const limits = { timeoutMs: 15_000, signal: new AbortController().signal };
    await expect(stranger.open(ASKED, limits)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    line.close();
    await rm(socketPath, { force: true });
    await expect(open()).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });
});
