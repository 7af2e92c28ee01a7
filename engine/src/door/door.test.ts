import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { scanMp4 } from '@nightjar/media/mp4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlaylist } from '../live/testing/read-playlist.ts';
import { fileStore, Playback } from '../playback/index.ts';
import { bytesPort } from '../recorder/testing/memory-storage.ts';
import {
  audioTrack,
  desiredState,
  desiredStream,
  jpegTrack,
  type Publisher,
  StreamsRig,
  until,
  videoTrack,
} from '../testing/index.ts';
import { Viewers } from '../viewers/index.ts';
import { createDoor, listenOnSocket } from './index.ts';
import { Viewer } from './testing/viewer.ts';

const KEY = Buffer.alloc(32, 9);

let folder: string;
let socketPath: string;
let rig: StreamsRig;
let door: Server;
let viewer: Viewer;
let watching: Viewers;
let source: Publisher;
/** Timers without any request. */
let timers: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-door-'));
  socketPath = join(folder, 'run/engine.sock');
  rig = new StreamsRig();
  const playback = new Playback({ store: fileStore, folder: () => folder });
  watching = new Viewers({
    clock: rig.clock,
    fact: (fact) => rig.facts.push(fact),
    allowed: async () => true,
    onCount: (id, count) => rig.registry.get(id)?.watched(count),
    log: rig.log,
  });
  door = createDoor({
    key: KEY,
    clock: rig.clock,
    stream: (id) => rig.registry.get(id),
    playback,
    viewers: watching,
    log: rig.log,
  });
  await listenOnSocket(door, socketPath);
  viewer = new Viewer(socketPath, KEY, () => rig.clock.utc());
  rig.registry.apply(desiredState([desiredStream('cam'), desiredStream('off', { running: false })]));
  await rig.registry.settled();
  timers = rig.clock.pending;
});

afterEach(async () => {
  source?.close();
  watching.close();
  await rig.registry.close();
  door.closeAllConnections();
  await new Promise((resolve) => door.close(resolve));
  await rm(folder, { recursive: true });
  expect(rig.pool.held).toBe(0);
  expect(rig.clock.pending).toBe(0);
  expect(rig.log.lines).toEqual([]);
});

/** The camera goes live. */
function live(tracks = [videoTrack(), audioTrack()]): void {
  source = rig.cameraLive(tracks);
}

/** Begins a request and lets it come to where it waits. */
async function waiting<T>(request: Promise<T>): Promise<{ request: Promise<T> }> {
  const before = rig.clock.pending;
  const settled = { is: false };
  const note = (): void => {
    settled.is = true;
  };
  request.then(note, note);
  await until(() => settled.is || rig.clock.pending > before);
  return { request };
}

describe('a ticket', () => {
  beforeEach(() => {
    live();
    source.play(3, { gop: 25 });
  });

  it.each([
    ['none', () => undefined],
    ['an empty one', () => ''],
    ['garbage', () => 'x.y'],
    ['one that has expired', () => viewer.ticket('cam', -1)],
    ['one of another stream', () => viewer.ticket('off')],
    ['one of another key', () => viewer.ticket('cam', 60, Buffer.alloc(32, 1))],
    ['one without signature', () => viewer.ticket('cam').split('.')[0]],
    [
      'one with another body',
      () => `${Buffer.from('{"stream_id":"cam","exp":9e9}').toString('base64url')}.AAAA`,
    ],
  ])('is needed: not %s', async (_what, ticket) => {
    for (const path of ['index.m3u8', 'video.m3u8', 'video/init-1.mp4', 'playback.m3u8', 'nowhere']) {
      const answer = await viewer.get(`/live/cam/${path}`, { ticket: ticket() });
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        401,
        { status: 401, message: 'a valid ticket for this stream is needed' },
      ]);
    }
  });

  it('is what tells a stream that is not there from one that may not be seen', async () => {
    const without = await viewer.get('/live/nobody/index.m3u8', { ticket: viewer.ticket('cam') });
    expect(without.status).toBe(401);
    expect((await viewer.get('/live/nobody/index.m3u8')).status).toBe(404);
  });

  it('is void from the second after its last', async () => {
    const ticket = viewer.ticket('cam', 5);
    rig.clock.advance(5_000);
    expect((await viewer.get('/live/cam/index.m3u8', { ticket })).status).toBe(200);
    rig.clock.advance(1_000);
    expect((await viewer.get('/live/cam/index.m3u8', { ticket })).status).toBe(401);
  });
});

describe('paths', () => {
  it.each([
    '/',
    '//',
    '///x',
    '/live',
    '/live/',
    '/live/cam',
    '/dead/cam/index.m3u8',
    '/live//index.m3u8',
    '/%',
  ])('%s leads nowhere', async (path) => {
    expect((await viewer.get(path, { ticket: viewer.ticket('cam') })).status).toBe(404);
  });

  it.each([
    '',
    'x',
    'index.m3u8/',
    'video',
    'video/',
    'video/init-.mp4',
    'video/init-9.mp4',
    'video/1.m4s',
    'video/1.0.m4s',
    'video/1.0.0.m4s',
    'video/99999999999999999999.m4s',
    'other/1.m4s',
    '../cam/index.m3u8x',
    '..%2f..%2fkeys%2flink.key',
  ])('of a stream: %s leads nowhere', async (path) => {
    live();
    source.play(3);
    expect((await viewer.get(`/live/cam/${path}`, { ticket: viewer.ticket('cam') })).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('are not for %s', async (method) => {
    expect((await viewer.get('/live/cam/index.m3u8', { method })).status).toBe(405);
  });

  it('of footage lead to playback', async () => {
    const answer = await viewer.get('/live/cam/playback.m3u8?from=yesterday');
    expect([400, 404]).toContain(answer.status);
    expect(JSON.parse(answer.text)).toMatchObject({ status: answer.status });
  });
});

describe('a live stream', () => {
  beforeEach(() => {
    live();
    source.play(2.5, { gop: 50 });
  });

  it('is described, picture and sound', async () => {
    const { status, headers, text } = await viewer.get('/live/cam/index.m3u8');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/vnd.apple.mpegurl',
      'private, no-store',
    ]);
    expect(text).toContain('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound"');
    expect(text).toMatch(
      /#EXT-X-STREAM-INF:BANDWIDTH=\d{4,},.*CODECS="avc1.42C01E,mp4a.40.2",RESOLUTION=640x480/,
    );
    expect(text.trimEnd().split('\n').at(-1)).toBe('video.m3u8');
    expect((await viewer.get('/live/cam/index.m3u8?join=now')).text).toContain('video.m3u8?join=now');
  });

  it('plays: all that its playlists name is there, and makes a film', async () => {
    await viewer.get('/live/cam/index.m3u8');
    source.play(2, { gop: 50 });
    for (const kind of ['video', 'audio']) {
      const list = readPlaylist((await viewer.get(`/live/cam/${kind}.m3u8?join=now`)).text);
      const get = async (uri: string): Promise<Buffer> => {
        const { status, headers, body } = await viewer.get(`/live/cam/${uri}`);
        expect([status, headers['content-type']]).toEqual([200, 'video/mp4']);
        expect(headers['content-length']).toBe(`${body.length}`);
        return body;
      };
      const film = [await get(list.segments[0]!.map)];
      for (const { uri, parts } of list.segments) {
        const pieces = await Promise.all(parts.map((part) => get(part.uri)));
        if (uri !== undefined) expect((await get(uri)).equals(Buffer.concat(pieces))).toBe(true);
        film.push(...pieces);
      }
      const scan = await scanMp4(bytesPort(Buffer.concat(film)));
      expect(scan.tracks.map((track) => track.kind)).toEqual([kind]);
      expect(scan.wholeEnd).toBe(Buffer.concat(film).length);
      const seconds =
        scan.spans[0]!.last / scan.tracks[0]!.timescale - scan.spans[0]!.first / scan.tracks[0]!.timescale;
      expect(seconds).toBeGreaterThan(2.2);
    }
  });

  it('answers HEAD with the size alone', async () => {
    const list = readPlaylist((await viewer.get('/live/cam/video.m3u8?join=now')).text);
    for (const path of [
      'index.m3u8',
      'video.m3u8?join=now',
      list.segments[0]!.map,
      list.segments[0]!.parts[0]!.uri,
    ]) {
      const whole = await viewer.get(`/live/cam/${path}`);
      const head = await viewer.get(`/live/cam/${path}`, { method: 'HEAD' });
      expect([head.status, head.body.length]).toEqual([200, 0]);
      expect(head.headers['content-length']).toBe(`${whole.body.length}`);
    }
  });

  it('holds the first playlist back until a segment is whole, but for those who join now', async () => {
    const now = readPlaylist((await viewer.get('/live/cam/video.m3u8?join=now')).text);
    expect(now.segments.map(({ uri }) => uri !== undefined)).toEqual([false]);
    const { request } = await waiting(viewer.get('/live/cam/video.m3u8'));
    source.play(2, { gop: 50 });
    const first = readPlaylist((await request).text);
    expect(first.segments[0]!.uri).toBeDefined();
  });

  it('waits with a reload until the part that was asked for is there, and not longer', async () => {
    const list = readPlaylist((await viewer.get('/live/cam/video.m3u8?join=now')).text);
    const open = list.segments.at(-1)!;
    const path = `/live/cam/video.m3u8?_HLS_msn=${open.msn}&_HLS_part=${open.parts.length}`;
    const { request } = await waiting(viewer.get(path));
    let answered = false;
    void request.then(() => {
      answered = true;
    });
    source.play(0.04);
    await setImmediate();
    expect(answered).toBe(false);
    source.play(0.24);
    const next = readPlaylist((await request).text);
    expect(next.segments.at(-1)!.parts.length).toBe(open.parts.length + 1);
  });

  it('answers a reload for a whole segment when that is whole', async () => {
    const list = readPlaylist((await viewer.get('/live/cam/video.m3u8?join=now')).text);
    const { msn } = list.segments.at(-1)!;
    const { request } = await waiting(viewer.get(`/live/cam/video.m3u8?_HLS_msn=${msn}`));
    source.play(2.5, { gop: 50 });
    const next = readPlaylist((await request).text);
    expect(next.segments.find((segment) => segment.msn === msn)!.uri).toBeDefined();
  });

  it('gives the hinted part as soon as it is there', async () => {
    const { hint } = readPlaylist((await viewer.get('/live/cam/video.m3u8?join=now')).text);
    const { request } = await waiting(viewer.get(`/live/cam/${hint}`));
    source.play(0.3);
    const { status, body } = await request;
    expect(status).toBe(200);
    expect(body.equals((await viewer.get(`/live/cam/${hint}`)).body)).toBe(true);
  });

  it('gives up on a hinted part that does not come within 10 s', async () => {
    await viewer.get('/live/cam/video.m3u8?join=now');
    source.lose();
    const { hint } = readPlaylist((await viewer.get('/live/cam/video.m3u8?join=now')).text);
    const { request } = await waiting(viewer.get(`/live/cam/${hint}`));
    rig.clock.advance(10_000);
    expect((await request).status).toBe(404);
  });

  it.each([
    '_HLS_msn=x',
    '_HLS_msn=-1',
    '_HLS_part=1',
    '_HLS_msn=1e3',
    '_HLS_skip=no',
    '_HLS_msn=999999999999',
    '_HLS_msn=1&_HLS_part=1.5',
  ])('refuses a reload with %s', async (query) => {
    expect((await viewer.get(`/live/cam/video.m3u8?join=now&${query}`)).status).toBe(400);
  });

  it('skips what a player has', async () => {
    for (let i = 0; i < 8; i++) {
      await viewer.get('/live/cam/video.m3u8?join=now');
      source.play(2, { gop: 50 });
    }
    const { text } = await viewer.get('/live/cam/video.m3u8?_HLS_skip=YES');
    expect(text).toMatch(/#EXT-X-SKIP:SKIPPED-SEGMENTS=\d/);
  });

  it('has no sound when the camera has none', async () => {
    source.setTracks([videoTrack()]);
    source.play(2);
    expect((await viewer.get('/live/cam/audio.m3u8')).status).toBe(404);
    expect((await viewer.get('/live/cam/index.m3u8')).text).not.toContain('AUDIO');
  });

  it('of a codec that browsers do not play says so at once', async () => {
    source.setTracks([jpegTrack(), audioTrack()]);
    source.play(1);
    const { status, text } = await viewer.get('/live/cam/index.m3u8');
    expect([status, JSON.parse(text).message]).toEqual([422, expect.stringContaining('mjpeg')]);
  });

  it('of which nothing comes any more answers 503 after 10 s', async () => {
    const list = readPlaylist((await viewer.get('/live/cam/video.m3u8?join=now')).text);
    const { msn } = list.segments.at(-1)!;
    const { request } = await waiting(viewer.get(`/live/cam/video.m3u8?_HLS_msn=${msn}`));
    rig.clock.advance(10_000);
    const { status, headers } = await request;
    expect([status, headers['retry-after']]).toEqual([503, '1']);
  });
});

describe('a stream without media', () => {
  it('is waited for, for 8 s, and then said to be what it is', async () => {
    const { request } = await waiting(viewer.get('/live/cam/index.m3u8'));
    rig.camera.run.lose('refused', 'the camera refused the connection');
    await setImmediate();
    rig.clock.advance(8_000);
    const { status, text, headers } = await request;
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(JSON.parse(text)).toEqual({
      status: 503,
      message: 'the stream is connecting: the camera refused the connection',
    });
    const off = await waiting(viewer.get('/live/off/video.m3u8'));
    rig.clock.advance(8_000);
    expect((await off.request).text).toContain('the stream is stopped');
  });

  it('answers with the first part when it comes in time', async () => {
    const { request } = await waiting(viewer.get('/live/cam/index.m3u8'));
    live();
    source.play(0.5);
    expect((await request).status).toBe(200);
  });
});

describe('classic HLS', () => {
  it('lists whole segments of the same window as MPEG-TS, each made once', async () => {
    live();
    source.play(0.5);
    await viewer.get('/live/cam/index.m3u8');
    source.play(5, { gop: 25 });
    const variants = (await viewer.get('/live/cam/ts/index.m3u8')).text;
    expect(variants).toContain('CODECS="avc1.42C01E,mp4a.40.2",RESOLUTION=640x480');
    const list = (await viewer.get('/live/cam/ts/video.m3u8')).text;
    const names = list.match(/^\d+\.ts$/gm) ?? [];
    expect(names.length).toBeGreaterThan(3);
    expect(list).not.toContain('EXT-X-MAP');
    const segment = await viewer.get(`/live/cam/ts/${names[0]}`);
    expect([segment.status, segment.headers['content-type']]).toEqual([200, 'video/mp2t']);
    expect([segment.body[0], segment.body.length % 188]).toEqual([0x47, 0]);
    expect((await viewer.get(`/live/cam/ts/${names[0]}`)).body.equals(segment.body)).toBe(true);
    expect((await viewer.get('/live/cam/ts/1.ts')).status).toBe(404);
    expect((await viewer.get('/live/cam/ts/x.mp4')).status).toBe(404);
  });

  it('is refused in words for a stream without H.264', async () => {
    live([audioTrack()]);
    source.play(3);
    const answer = await viewer.get('/live/cam/ts/index.m3u8');
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('take index.m3u8 instead');
  });
});

describe('viewers who leave', () => {
  it('while they wait leave nothing behind', async () => {
    const gone = new AbortController();
    const requests = Array.from({ length: 20 }, () =>
      viewer.get('/live/cam/index.m3u8', { signal: gone.signal }),
    );
    for (const request of requests) request.catch(() => undefined);
    // The window has a timer as well, so have the HLS sessions and the viewers.
    await until(() => rig.clock.pending === timers + 23);
    gone.abort();
    await Promise.allSettled(requests);
    await until(() => rig.clock.pending === timers + 3);
  });

  it('or do not take a segment in time give its memory back', async () => {
    live([videoTrack()]);
    const play = async (): Promise<void> => {
      for (let i = 0; i < 4; i++) {
        await viewer.get('/live/cam/index.m3u8');
        source.play(2, { gop: 50, bytes: 100_000 });
      }
    };
    source.play(0.5, { bytes: 100_000 });
    await play();
    const list = readPlaylist((await viewer.get('/live/cam/video.m3u8')).text);
    const uri = list.segments[0]!.uri!;
    const whole = (await viewer.get(`/live/cam/${uri}`)).body;
    expect(whole.length).toBeGreaterThan(4_000_000);

    const slow = await viewer.open(`/live/cam/${uri}`);
    const other = await viewer.open(`/live/cam/${uri}`);
    for (let i = 0; i < 4; i++) await play();
    expect((await viewer.get(`/live/cam/${uri}`)).status).toBe(404);
    await expect(text(slow)).rejects.toThrow('aborted');
    expect(rig.facts.find((fact) => fact.kind === 'viewer.closed')?.bytes).toBeGreaterThan(whole.length);
    const closed = rig.facts.filter((fact) => fact.kind === 'viewer.closed');
    expect(closed).toMatchObject([{ protocol: 'hls', reason: 'too_slow', dropped: 1 }]);
    const held = rig.pool.heldBytes;
    other.destroy();
    await until(() => rig.pool.heldBytes <= held);
    expect(held).toBeLessThan(9 * whole.length);
  });
});

describe('the socket', () => {
  it('is for this user alone, takes over from a killed engine, never from a living one', async () => {
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o700);
    const second = createServer();
    await expect(listenOnSocket(second, socketPath)).rejects.toThrow('another engine is running');
    const socket = connect(socketPath);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();

    const stale = join(folder, 'run/stale.sock');
    await writeFile(stale, '');
    await listenOnSocket(second, stale);
    expect((await stat(stale)).isSocket()).toBe(true);
    await new Promise((resolve) => second.close(resolve));
  });
});
