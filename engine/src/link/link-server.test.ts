import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DesiredState, type Fact, GRANT_PREFIX, type Hello } from '@nightjar/contract/link';
import { FakeClock } from '@nightjar/media/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenOnSocket } from '../door/index.ts';
import { desiredState, desiredStream, QuietLog, until } from '../testing/index.ts';
import { type Answer, type Command, LinkServer } from './link-server.ts';
import { ServerEnd } from './testing/server-end.ts';

const KEY = Buffer.alloc(32, 5);
const HELLO: Hello = { type: 'hello', version: 1, epoch: 'e', pid: 1, ports: { rtsp: 8554 }, streams: [] };

const fact = (message: string): Fact => ({
  kind: 'stream.state',
  stream_id: 'cam',
  state: 'reconnecting',
  previous: 'live',
  at: '2026-01-02T03:04:05.000Z',
  message,
});
const grown = (bytes: number): Fact => ({
  kind: 'segment.grown',
  stream_id: 'cam',
  filename: 'a.mp4',
  start: '2026-01-02T03:04:05.000Z',
  duration: bytes,
  bytes,
});

let folder: string;
let path: string;
let http: Server;
let link: LinkServer;
let clock: FakeClock;
let log: QuietLog;
let desired: DesiredState[];
let kept: [string, number][] = [];
let onCommand: (command: Command) => Promise<Answer | undefined>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-link-'));
  path = join(folder, 'engine.sock');
  clock = new FakeClock();
  log = new QuietLog();
  desired = [];
  onCommand = async () => undefined;
  http = createServer((_request, response) => response.writeHead(404).end());
  link = new LinkServer({
    key: KEY,
    clock,
    log,
    hello: () => HELLO,
    onDesired: (state) => desired.push(state),
    onKeepFootage: (streamId, seconds) => kept.push([streamId, seconds]),
    onCommand: (command) => onCommand(command),
  });
  link.listenOn(http);
  await listenOnSocket(http, path);
});

afterEach(async () => {
  await link.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  await rm(folder, { recursive: true });
});

const server = (): Promise<ServerEnd> => new ServerEnd(path, KEY).open();
const messages = (end: ServerEnd): (string | undefined)[] =>
  end.facts.map((told) => (told.fact.kind === 'stream.state' ? told.fact.message : told.fact.kind));

it('tells what is to be kept of a stream, and asks for no answer', async () => {
  kept = [];
  const end = await server();
  end.send({ type: 'keep_footage', stream_id: 'cam', seconds: 12 });
  // Messages are taken in their order.
  end.send({ type: 'inventory', id: 1, stream_id: 'cam', since: '2026-01-01T00:00:00.000Z' });
  await end.heard('reply');
  expect(kept).toEqual([['cam', 12]]);
});

describe('who may connect', () => {
  it.each([
    ['another key', `Bearer ${'0'.repeat(64)}`],
    ['the key itself', `Bearer ${KEY.toString('hex')}`],
    ['a prefix of the token', 'Bearer '],
    ['nothing', ''],
  ])('not with %s', async (_what, authorization) => {
    const end = new ServerEnd(path, KEY, authorization);
    expect(await end.refusal()).toBe(401);
    expect(link.connected).toBe(false);
  });

  it.each(['/', '/link/', '/link?x=1', '/live/cam'])('not at %s', async (url) => {
    const socket = connect(path);
    const { authorization } = { authorization: 'Bearer x' };
    socket.write(
      `GET ${url} HTTP/1.1\r\nHost: e\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 401/);
    socket.destroy();
  });

  it('and somebody who is refused and gone at once harms nobody', async () => {
    for (let i = 0; i < 50; i++) {
      const socket = connect(path);
      socket.on('error', () => undefined);
      socket.write('GET /link HTTP/1.1\r\nHost: e\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      await once(socket, 'connect');
      socket.destroy();
    }
    expect((await server()).messages[0]).toEqual(HELLO);
  });
});

describe('facts', () => {
  it('come behind the hello, all that waited, in order', async () => {
    for (const text of ['one', 'two', 'three']) link.fact(fact(text));
    const end = await server();
    link.fact(fact('four'));
    await end.heardFacts(4);
    expect(end.messages[0]).toEqual(HELLO);
    expect(messages(end)).toEqual(['one', 'two', 'three', 'four']);
    expect(end.facts.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('come again after a reconnect until they are acknowledged', async () => {
    const first = await server();
    link.fact(fact('one'));
    link.fact(fact('two'));
    await first.heardFacts(2);
    first.send({ type: 'ack', seq: 1 });
    // A command behind the acknowledgement tells when that was taken.
    first.send({ type: 'inventory', id: 1, stream_id: 'cam', since: '2026-01-01T00:00:00.000Z' });
    await first.heard('reply');
    await first.close();
    await until(() => !link.connected);
    link.fact(fact('three'));
    const second = await server();
    await second.heardFacts(2);
    expect(second.facts.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(messages(second)).toEqual(['two', 'three']);
  });

  it('of size are told once to a server that was away', async () => {
    for (let bytes = 1; bytes <= 500; bytes++) link.fact(grown(bytes));
    link.fact(fact('last'));
    const end = await server();
    await end.heardFacts(2);
    expect(end.facts.map(({ seq }) => seq)).toEqual([500, 501]);
  });

  it('of size are sent together, and before whatever follows them', async () => {
    const end = await server();
    for (let bytes = 1; bytes <= 5; bytes++) link.fact(grown(bytes));
    link.tell({ type: 'metrics', samples: [] });
    await end.heard('metrics');
    expect(end.facts).toEqual([]);
    clock.advance(2_000);
    await end.heardFacts();
    link.fact(grown(6));
    link.fact(fact('next'));
    await end.heardFacts(3);
    onCommand = async () => {
      link.fact(grown(7));
      return undefined;
    };
    end.send({ type: 'inventory', id: 1, stream_id: 'cam', since: '2026-01-01T00:00:00.000Z' });
    await end.heard('reply');
    expect(end.facts.map(({ seq }) => seq)).toEqual([5, 6, 7, 8]);
    expect(end.messages.at(-1)!.type).toBe('reply');
    expect(clock.pending).toBe(0);
  });

  it('of size that are held back are sent when the link closes', async () => {
    const end = await server();
    link.fact(grown(1));
    await link.close();
    await end.over();
    expect(end.facts.length).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('that waited come in as few messages as they fit into', async () => {
    for (let n = 1; n <= 1_200; n++) link.fact(fact(String(n)));
    const end = await server();
    await end.heardFacts(1_200);
    expect(end.of('facts').map(({ facts }) => facts.length)).toEqual([500, 500, 200]);
    expect(messages(end).at(-1)).toBe('1200');
  });

  it('of figures are not kept', async () => {
    link.tell({ type: 'metrics', samples: [] });
    const end = await server();
    link.tell({ type: 'metrics', samples: [] });
    await end.heard('metrics');
    link.fact(fact('one'));
    await end.heardFacts();
    expect(end.of('metrics').length).toBe(1);
  });
});

describe('messages', () => {
  it('of what is desired are handed on', async () => {
    const end = await server();
    const state = desiredState([desiredStream('a'), desiredStream('b')]);
    end.send({ type: 'desired', desired: state });
    await until(() => desired.length === 1);
    expect(desired).toEqual([state]);
  });

  it.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['an unknown type', '{"type":"hello"}'],
    ['a path for a stream', JSON.stringify({ type: 'delete_footage', id: 1, stream_id: '../x' })],
    ['a state without policy', JSON.stringify({ type: 'desired', desired: { revision: 1, streams: [] } })],
  ])('that are %s end the connection, and the next one works', async (_what, text) => {
    const end = await server();
    end.send(text);
    expect(await end.over()).toBe(1008);
    expect(desired).toEqual([]);
    await server();
  });

  it('over 16 MiB end the connection', async () => {
    const end = await server();
    end.send(`"${'x'.repeat(16 * 1024 * 1024)}"`);
    expect(await end.over()).toBe(1009);
    expect(log.lines).toMatchObject([{ level: 'warn' }]);
  });

  it('of commands are answered, with what went wrong in words for the server', async () => {
    const end = await server();
    const seen: Command[] = [];
    onCommand = async (command) => {
      seen.push(command);
      if (command.type === 'delete_footage') throw new Error('EACCES: /secret/path');
      return undefined;
    };
    end.send({ type: 'inventory', id: 7, stream_id: 'cam', since: '2026-01-01T00:00:00.000Z' });
    end.send({ type: 'delete_footage', id: 8, stream_id: 'cam', filenames: ['a.mp4'] });
    await end.heard('reply', 2);
    expect(end.of('reply')).toEqual([
      { type: 'reply', id: 7, ok: true },
      { type: 'reply', id: 8, ok: false, error: 'delete_footage failed' },
    ]);
    expect(seen.map(({ type }) => type)).toEqual(['inventory', 'delete_footage']);
    expect(log.lines).toMatchObject([{ level: 'error', about: { stream_id: 'cam' } }]);
  });
});

describe('a command that brings something', () => {
  it('has it in its reply', async () => {
    const end = await server();
    const probe = { tracks: [], seconds: 0, packets_lost: 0, clock_skew: null };
    onCommand = async () => ({ probe });
    end.send({ type: 'probe', id: 3, source: { url: 'rtsp://camera/x' } });
    await end.heard('reply');
    expect(end.of('reply')).toEqual([{ type: 'reply', id: 3, ok: true, probe }]);
  });
});

describe('a second server', () => {
  it('takes the place of the first, and gets no answers to its questions', async () => {
    const first = await server();
    const answer = Promise.withResolvers<undefined>();
    onCommand = () => answer.promise;
    first.send({ type: 'inventory', id: 1, stream_id: 'cam', since: '2026-01-01T00:00:00.000Z' });
    await until(() => link.connected);
    const second = await server();
    expect(await first.over()).toBe(4001);
    answer.resolve(undefined);
    onCommand = async () => undefined;
    second.send({ type: 'inventory', id: 2, stream_id: 'cam', since: '2026-01-01T00:00:00.000Z' });
    await second.heard('reply');
    expect(second.of('reply').map(({ id }) => id)).toEqual([2]);
    expect(link.connected).toBe(true);
  });
});

describe('whether somebody may watch', () => {
  it('is what the server says', async () => {
    const end = await server();
    const yes = link.authorize('cam', 'token');
    const no = link.authorize('cam', 'other');
    await end.heard('authorize', 2);
    const [first, second] = end.of('authorize');
    expect([first!.stream_id, first!.token, second!.token]).toEqual(['cam', 'token', 'other']);
    end.send({ type: 'verdict', id: second!.id, allowed: false });
    end.send({ type: 'verdict', id: first!.id, allowed: true });
    end.send({ type: 'verdict', id: 999, allowed: true });
    expect(await Promise.all([yes, no])).toEqual([true, false]);
    expect(clock.pending).toBe(0);
  });

  it('is no without a server, and without an answer for 5 s', async () => {
    expect(await link.authorize('cam', 'token')).toBe(false);
    const end = await server();
    const asked = link.authorize('cam', 'token');
    await end.heard('authorize');
    clock.advance(4_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    expect(await asked).toBe(false);
    end.send({ type: 'verdict', id: end.of('authorize')[0]!.id, allowed: true });
    expect(link.connected).toBe(true);
  });

  it('is no when the server goes away', async () => {
    const end = await server();
    const asked = link.authorize('cam', 'token');
    await end.heard('authorize');
    await end.close();
    expect(await asked).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['', 'token'],
    ['../x', 'token'],
    ['cam/extra', 'token'],
    ['cam', 'x'.repeat(4097)],
  ])('%j is not even asked, so that no stranger can end the link', async (streamId, token) => {
    const end = await server();
    expect(await link.authorize(streamId, token)).toBe(false);
    link.fact(fact('one'));
    await end.heardFacts();
    expect(end.of('authorize')).toEqual([]);
  });

  it('a grant lets nobody in who shows it, and is asked about for who watches', async () => {
    const end = await server();
    const grant = `${GRANT_PREFIX}body.mac`;
    expect(await link.judgeShown('cam', grant)).toEqual({ allowed: false });
    const shown = link.judgeShown('cam', 'token');
    const kept = link.judge('cam', grant);
    await end.heard('authorize', 2);
    expect(end.of('authorize').map(({ token }) => token)).toEqual(['token', grant]);
    for (const { id } of end.of('authorize')) end.send({ type: 'verdict', id, allowed: true });
    expect(await Promise.all([shown, kept])).toMatchObject([{ allowed: true }, { allowed: true }]);
  });
});

it('the link closes its connections, twice without harm', async () => {
  const end = await server();
  await Promise.all([link.close(), link.close()]);
  await end.over();
  expect(link.connected).toBe(false);
});
