import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type AmfValue, flvFraming, readAmf, TAG, writeAmf } from '../flv/index.ts';
import { MediaStream, SlabPool, systemClock } from '../stream/index.ts';
import { FakeClock, SELF_SIGNED } from '../testing/index.ts';
import { ChunkReader } from './chunk-reader.ts';
import { commandMessage, MEDIA_STREAM, rtmpFraming, writeChunks } from './chunk-writer.ts';
import { RtmpClient } from './client.ts';
import type { RtmpError } from './errors.ts';
import { clientHello } from './handshake.ts';
import { MESSAGE } from './message.ts';
import { film } from './testing/film.ts';
import { KEY, NAME, Studio } from './testing/studio.ts';
import { FlvToStream } from './to-stream.ts';
import { parseRtmpUrl } from './url.ts';

const NOTHING = Buffer.alloc(0);
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within 5 s: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Our client at a studio, and what it takes. */
function client(studio: Studio, name: string, scheme = 'rtmp') {
  const lost: RtmpError[] = [];
  const stream = new MediaStream({ stamp: () => undefined });
  const frames: { kind: string; key: boolean; at: number }[] = [];
  const onFrame = ({ track, key }: { track: { kind: string }; key: boolean }): void =>
    void frames.push({ kind: track.kind, key, at: performance.now() });
  stream.attach({ onTracks: () => undefined, onFrame, onEnd: () => undefined }, false);
  const sink = new FlvToStream({
    stream,
    pool: new SlabPool(),
    clock: systemClock,
    zero: systemClock.monotonic(),
    onReady: () => undefined,
    onLive: () => undefined,
  });
  const rtmp = new RtmpClient({
    url: parseRtmpUrl(studio.url(name, scheme))!,
    connect: ({ host, port, secure }, onread) =>
      secure ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port, onread }),
    readBuffer: Buffer.alloc(64 * 1024),
    clock: systemClock,
    random: randomBytes,
    sink,
    onClose: (error) => void lost.push(error as RtmpError),
  });
  open.push(() => rtmp.close());
  return { rtmp, lost, frames, stream };
}

async function studio(options: Parameters<typeof Studio.start>[0] = {}): Promise<Studio> {
  const one = await Studio.start(options);
  open.push(() => one[Symbol.asyncDispose]());
  return one;
}

/** Sends a second of pictures and sound. */
function send(rtmp: RtmpClient, from = 0, described = true): void {
  const message = (type: number, at: number, body: Buffer): void =>
    rtmp.write(rtmpFraming(type, at, NOTHING, body, 0, body.length));
  if (described) {
    message(TAG.script, 0, film.metadata({ videocodecid: 7, audiocodecid: 10 }));
    message(TAG.video, 0, film.record());
    message(TAG.audio, 0, film.soundRecord());
  }
  for (let i = 0; i < 25; i++) {
    message(TAG.video, from + i * 40, film.picture(i === 0));
    message(TAG.audio, from + i * 40, film.sound());
  }
}

/** A client that says what a test tells it, in its own words. */
class Raw {
  readonly socket: Socket;
  readonly commands: unknown[][] = [];
  readonly types: number[] = [];
  closed = false;
  #got = 0;
  readonly #reader = new ChunkReader({
    message: (type, _stream, _time, b, start, end) => {
      this.types.push(type);
      if (type === MESSAGE.command) this.commands.push(readAmf(b, start, end));
    },
  });

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('data', (chunk: Buffer) => {
      const skip = Math.max(0, Math.min(chunk.length, 3073 - this.#got));
      this.#got += chunk.length;
      this.#reader.read(chunk, skip);
    });
    open.push(() => this.socket.destroy());
  }

  greet(): this {
    this.socket.write(Buffer.concat([clientHello(randomBytes), Buffer.alloc(1536)]));
    return this;
  }

  say(name: string, ...values: AmfValue[]): this {
    this.socket.write(commandMessage(writeAmf(name, 1, ...values), { streamId: 0, chunkSize: 128 }));
    return this;
  }

  /** What `onStatus` said last. */
  get status(): Record<string, string> {
    return (this.commands.findLast(([name]) => name === 'onStatus')?.[3] ?? {}) as Record<string, string>;
  }
}

describe('our client and our server', () => {
  it('publish and play', async () => {
    const hub = await studio();
    const publisher = client(hub, KEY);
    await publisher.rtmp.publish();
    send(publisher.rtmp);
    await until(() => hub.count('video') === 25);
    expect(hub.server.stats()).toMatchObject({ publishing: 1, open: 1, malformed: 0 });
    const viewer = client(hub, NAME);
    const asked = performance.now();
    await viewer.rtmp.play();
    send(publisher.rtmp, 1000, false);
    await until(() => viewer.frames.filter(({ kind }) => kind === 'video').length === 50);
    expect(viewer.frames[0]).toMatchObject({ key: true });
    expect(viewer.frames[0]!.at - asked).toBeLessThan(500);
    await publisher.rtmp.close();
    await until(() => hub.left.length === 1);
    expect(hub.left).toEqual(['the publisher went away']);
    expect(hub.errors).toEqual([]);
  });

  it('speak TLS on the same port', async () => {
    const { key, cert } = SELF_SIGNED;
    const hub = await studio({ tls: () => createSecureContext({ key, cert }) });
    const publisher = client(hub, KEY, 'rtmps');
    await publisher.rtmp.publish();
    send(publisher.rtmp);
    await until(() => hub.count('video') === 25);
    const plain = client(hub, NAME);
    await plain.rtmp.play();
    await until(() => plain.frames.length > 0);
  });

  it('a server without a certificate says nothing to TLS', async () => {
    const hub = await studio();
    await expect(client(hub, KEY, 'rtmps').rtmp.publish()).rejects.toMatchObject({
      name: expect.any(String),
    });
  });

  it.each([
    ['publish', 'wr0ng', 'refused', 'no stream has this key'],
    ['play', 'nobody', 'not_found', 'no such stream'],
  ] as const)('%s of a name that is not there fails and says why', async (verb, name, code, words) => {
    const hub = await studio();
    const { rtmp, lost } = client(hub, name);
    await expect(rtmp[verb]()).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(lost).toHaveLength(1);
    expect(hub.server.stats().refused).toBe(1);
    await until(() => hub.server.stats().open === 0);
  });

  it('a server that is not there', async () => {
    const hub = await studio();
    const one = client(hub, KEY);
    await hub[Symbol.asyncDispose]();
    await expect(one.rtmp.publish()).rejects.toMatchObject({ code: 'refused' });
  });

  it('the first key frame reaches a new viewer within 10 ms, p95 of 50', async () => {
    const hub = await studio();
    const publisher = client(hub, KEY);
    await publisher.rtmp.publish();
    send(publisher.rtmp);
    await until(() => hub.count('video') === 25);
    const waits: number[] = [];
    for (let i = 0; i < 50; i++) {
      const viewer = client(hub, NAME);
      await viewer.rtmp.play();
      const started = performance.now();
      await until(() => viewer.frames.length > 0);
      waits.push(viewer.frames[0]!.at - started);
      expect(viewer.frames[0]!.key).toBe(true);
      await viewer.rtmp.close();
    }
    waits.sort((a, b) => a - b);
    expect(waits[47]).toBeLessThan(10);
  });
});

describe('the dialects of publishers', () => {
  const connectTo = { app: 'live', flashVer: 'test', tcUrl: 'rtmp://h/live' };

  it('quirk 61: publish without releaseStream, FCPublish or createStream', async () => {
    const hub = await studio();
    const raw = new Raw(hub.server.port).greet().say('connect', connectTo).say('publish', null, KEY, 'live');
    await until(() => raw.status['code'] === 'NetStream.Publish.Start');
    expect(hub.server.stats().publishing).toBe(1);
  });

  it('quirk 61: play without getStreamLength, or with it', async () => {
    const hub = await studio();
    for (const first of [[], ['getStreamLength']]) {
      const raw = new Raw(hub.server.port).greet().say('connect', connectTo).say('createStream', null);
      for (const name of first) raw.say(name, null, NAME);
      raw.say('play', null, NAME);
      await until(() => raw.status['code'] === 'NetStream.Play.Start');
    }
  });

  it('quirk 61: media that does not wait for the answer', async () => {
    const hub = await studio();
    const raw = new Raw(hub.server.port).greet();
    const media = [film.record(), film.picture(true, undefined, 0)].map((body, index) =>
      writeChunks(
        { chunkStream: 6, streamId: MEDIA_STREAM, type: TAG.video, timestamp: index, chunkSize: 128 },
        NOTHING,
        body,
        0,
        body.length,
      ),
    );
    const say = (name: string, ...values: AmfValue[]): Buffer =>
      commandMessage(writeAmf(name, 1, ...values), { streamId: 0, chunkSize: 128 });
    raw.socket.write(
      Buffer.concat([
        say('connect', connectTo),
        say('publish', null, KEY),
        writeMetadata({ videocodecid: 7 }),
        ...media,
      ]),
    );
    await until(() => hub.count('video') === 1);
  });

  it('quirk 62: an AMF3 command, and metadata of AMF3', async () => {
    const hub = await studio();
    const raw = new Raw(hub.server.port).greet();
    const amf3 = (name: string, ...values: AmfValue[]): void => {
      const body = Buffer.concat([Buffer.from([0]), writeAmf(name, 1, ...values)]);
      raw.socket.write(commandMessage(body, { streamId: 0, chunkSize: 128, type: MESSAGE.amf3Command }));
    };
    amf3('connect', { ...connectTo, objectEncoding: 3 });
    amf3('publish', null, KEY);
    await until(() => raw.status['code'] === 'NetStream.Publish.Start');
    expect(raw.commands.find(([name]) => name === '_result')?.[3]).toMatchObject({ objectEncoding: 3 });
  });

  it('quirk 64: the key in the application, behind a question mark, with credentials', async () => {
    const hub = await studio();
    const names: [string, string][] = [
      [`live/${KEY}`, ''],
      ['live', `${KEY}?user=u&pass=p`],
      [`live?key=${KEY}`, 'yard'],
      ['live', `yard?key=${KEY}`],
    ];
    for (const [app, name] of names) {
      const raw = new Raw(hub.server.port)
        .greet()
        .say('connect', { ...connectTo, app })
        .say('publish', null, name);
      await until(() => raw.status['code'] !== undefined);
      expect(raw.status['code']).toBe('NetStream.Publish.Start');
      raw.socket.destroy();
    }
    expect(hub.requests.map(({ query }) => query.get('pass'))).toEqual([null, 'p', null, null]);
  });

  it('an aggregate, and the end of a stream on a connection that stays', async () => {
    const hub = await studio();
    const raw = new Raw(hub.server.port).greet().say('connect', connectTo).say('publish', null, KEY);
    await until(() => raw.status['code'] === 'NetStream.Publish.Start');
    const tags = [film.record(), film.picture(true)].map((body) =>
      flvFraming(TAG.video, 0, NOTHING, body, 0, body.length),
    );
    const body = Buffer.concat([...tags, flvFraming(TAG.audio, 0, NOTHING, film.soundRecord(), 0, 4)]);
    raw.socket.write(
      writeChunks(
        { chunkStream: 6, streamId: MEDIA_STREAM, type: MESSAGE.aggregate, timestamp: 5, chunkSize: 128 },
        NOTHING,
        body,
        0,
        body.length,
      ),
    );
    await until(() => hub.count('video') === 1);
    raw.say('deleteStream', null, 1);
    await until(() => hub.left.length === 1);
    await until(() => raw.status['code'] === 'NetStream.Unpublish.Success');
    raw.say('publish', null, KEY);
    await until(() => hub.server.stats().publishing === 1);
  });

  it('how much arrived is told, and a ping is answered', async () => {
    const hub = await studio();
    const raw = new Raw(hub.server.port).greet();
    const window = Buffer.alloc(4);
    window.writeUInt32BE(1024);
    const control = (type: number, body: Buffer): Buffer =>
      writeChunks(
        { chunkStream: 2, streamId: 0, type, timestamp: 0, chunkSize: 128 },
        NOTHING,
        body,
        0,
        body.length,
      );
    raw.socket.write(control(MESSAGE.windowAckSize, window));
    raw.socket.write(control(MESSAGE.userControl, Buffer.from('000600000007', 'hex')));
    await until(() => raw.types.includes(MESSAGE.userControl));
    raw.socket.write(control(MESSAGE.audio, Buffer.alloc(2000)));
    await until(() => raw.types.includes(MESSAGE.acknowledgement));
  });
});

describe('strangers', () => {
  it('who say nothing, or never what they want, are sent away', async () => {
    const clock = new FakeClock();
    const hub = await studio({ clock });
    const silent = new Raw(hub.server.port);
    const undecided = new Raw(hub.server.port).greet().say('connect', { app: 'live' });
    await until(() => undecided.commands.length > 0);
    await until(() => hub.server.stats().open === 2);
    clock.advance(14_000);
    expect([silent.closed, undecided.closed]).toEqual([false, false]);
    clock.advance(3_000);
    await until(() => silent.closed && undecided.closed);
  });

  it('cannot send large messages', async () => {
    const hub = await studio();
    const raw = new Raw(hub.server.port).greet();
    raw.socket.write(Buffer.from('030000000200001400000000', 'hex'));
    await until(() => raw.closed && hub.server.stats().open === 0);
    expect(hub.server.stats().malformed).toBe(1);
  });

  it('1,000 malformed sessions: each is closed, and the next good one works', async () => {
    const hub = await studio();
    const good = client(hub, KEY);
    await good.rtmp.publish();
    send(good.rtmp);
    const hello = Buffer.concat([clientHello(randomBytes), Buffer.alloc(1536)]);
    const say = commandMessage(writeAmf('connect', 1, { app: 'live' }), { streamId: 0, chunkSize: 128 });
    let random = 1;
    const next = (below: number): number => {
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      return (random >>> 8) % below;
    };
    const spoil = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes);
      for (let i = 0; i < 1 + next(6); i++) copy[next(copy.length)] = next(256);
      return copy;
    };
    const session = async (index: number): Promise<void> => {
      const socket = connect(hub.server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.resume();
      const parts = [
        () => randomBytes(200),
        () => Buffer.concat([hello, randomBytes(300)]),
        () => Buffer.concat([hello, spoil(say), spoil(say)]),
        () => Buffer.concat([hello, say, spoil(say), randomBytes(20)]),
      ];
      socket.end(parts[index % parts.length]!());
      await once(socket, 'close');
    };
    for (let at = 0; at < 1000; at += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => session(at + index)));
    }
    expect(hub.server.stats().malformed).toBeGreaterThan(400);
    expect(hub.errors).toEqual([]);
    const viewer = client(hub, NAME);
    await viewer.rtmp.play();
    await until(() => viewer.frames.length > 0);
    expect(hub.left).toEqual([]);
    await until(() => hub.server.stats().open === 2);
  });
});

function writeMetadata(members: Parameters<typeof film.metadata>[0]): Buffer {
  const body = film.metadata(members);
  return commandMessage(body, { streamId: MEDIA_STREAM, chunkSize: 128, type: MESSAGE.data });
}
