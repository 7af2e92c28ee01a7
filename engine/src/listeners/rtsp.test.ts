import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect as connectTcp } from 'node:net';
import { type Fact, openRtspProof, signRtspLogin, signTicket } from '@nightjar/contract/link';
import { parseRtspUrl, playableMedia, RtspClient, type RtspServer, RtspToStream } from '@nightjar/media/rtsp';
import { type Frame, MediaStream, SlabPool, systemClock } from '@nightjar/media/stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Publishers } from '../sources/index.ts';
import {
  desiredState,
  desiredStream,
  type Publisher,
  QuietLog,
  StreamsRig,
  until,
  videoTrack,
} from '../testing/index.ts';
import { Viewers } from '../viewers/index.ts';
import { rtspListener } from './index.ts';

const KEY = Buffer.alloc(32, 3);

let rig: StreamsRig;
let source: Publisher;
let listener: RtspServer;
let log: QuietLog;
let asked: string[];
let clients: RtspClient[];
let watching: Viewers;
let publishers: Publishers;
let viewerFacts: Fact[];

beforeEach(async () => {
  rig = new StreamsRig();
  log = new QuietLog();
  asked = [];
  clients = [];
  viewerFacts = [];
  source = await rig.live([desiredStream(), desiredStream('off', { running: false })], [videoTrack()]);
  source.play(1.5);
  watching = new Viewers({
    clock: systemClock,
    fact: (fact) => viewerFacts.push(fact),
    allowed: async () => true,
    onCount: (id, count) => rig.registry.get(id)?.watched(count),
    log,
  });
  publishers = new Publishers();
  listener = rtspListener({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    key: KEY,
    stream: (id) => rig.registry.get(id),
    udpPort: 0,
    judge: async (streamId, token) => {
      asked.push(`${streamId} ${token}`);
      const login = openRtspProof(KEY, streamId, token, Date.now() / 1000);
      return { allowed: token === 'good' || login?.sub === 'person:eve', sub: 'person:adam' };
    },
    viewers: watching,
    publishers,
    log,
  });
  await listener.start();
});

afterEach(async () => {
  for (const client of clients) await client.close();
  await listener.close();
  watching.close();
  source.close();
  await rig.registry.close();
  expect(rig.pool.held).toBe(0);
  expect(log.lines).toEqual([]);
});

const ticket = (stream_id: string, seconds = 60, key = KEY): string =>
  signTicket(key, { stream_id, exp: Math.floor(Date.now() / 1000) + seconds, sub: 'tester' });

/** Plays what follows the host of the URL; resolves with the bytes of the pictures as they come. */
async function play(
  login: string,
  path: string,
  transport: 'tcp' | 'udp' | 'http' = 'tcp',
): Promise<Buffer[]> {
  const pictures: Buffer[] = [];
  const stream = new MediaStream({ stamp: () => undefined });
  stream.attach(
    {
      onTracks: () => undefined,
      onFrame: ({ slab, payload, end }: Frame) =>
        pictures.push(Buffer.from(slab.buffer.subarray(payload, end))),
      onEnd: () => undefined,
    },
    false,
  );
  let sink: RtspToStream | undefined;
  const client = new RtspClient({
    url: parseRtspUrl(`rtsp://${login}127.0.0.1:${listener.port}/${path}`)!,
    connect: ({ host, port }, onread) => connectTcp({ host, port, onread }),
    transport,
    openUdp: ({ family }) => createSocket(family),
    sink: { rtp: (...packet) => sink?.rtp(...packet), rtcp: (...packet) => sink?.rtcp(...packet) },
    readBuffer: Buffer.alloc(64 * 1024),
    random: randomBytes,
  });
  clients.push(client);
  const { sdp } = await client.describe();
  const indexes = playableMedia(sdp);
  await client.setup(indexes);
  sink = new RtspToStream(
    indexes.map((index) => sdp.media[index]!),
    {
      stream,
      pool: new SlabPool(),
      clock: systemClock,
      zero: 0,
      onReady: () => undefined,
      onLive: () => undefined,
    },
  );
  sink.begin(await client.play());
  return pictures;
}

describe('the RTSP door', () => {
  it('plays a stream from its last key frame on to who has a token', async () => {
    const pictures = await play('anybody:good@', 'cam');
    source.play(1);
    await until(() => pictures.length >= 25);
    expect(asked[0]).toBe('cam good');
    expect(pictures[1]!.length).toBeGreaterThan(400);
    expect(rig.registry.samples()[0]!.metrics.viewers).toBe(1);
  });

  it('plays to who has a ticket of this stream', async () => {
    const pictures = await play('', `cam?ticket=${ticket('cam')}`);
    source.play(1);
    await until(() => pictures.length >= 25);
    expect(asked).toEqual([]);
  });

  it('writes 200 ms at a time to who asks for parts', async () => {
    const pictures = await play('x:good@', 'cam?parts=200');
    await until(() => pictures.length >= 12);
    const { sent: before } = listener.sessions()[0]!;
    source.play(2);
    await until(() => pictures.length >= 12 + 45);
    expect(listener.sessions()[0]!.sent - before).toBeLessThanOrEqual(11);
  });

  it.each(['udp', 'http'] as const)('plays over %s', async (transport) => {
    const pictures = await play('x:good@', 'cam', transport);
    source.play(1);
    await until(() => pictures.length >= 25);
  });

  it('plays to who has a login for digest, and tells whose it is', async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const { username, password } = signRtspLogin(KEY, 'cam', { sub: 'person:eve', session: '', exp });
    const pictures = await play(`${username}:${password}@`, 'cam?auth=digest');
    source.play(1);
    await until(() => pictures.length >= 25);
    expect(viewerFacts).toMatchObject([{ kind: 'viewer.opened', who: 'person:eve', protocol: 'rtsp' }]);
    const stopped = signRtspLogin(KEY, 'cam', { sub: 'person:gone', session: '', exp });
    const lost = play(`${stopped.username}:${stopped.password}@`, 'cam?auth=digest');
    await expect(lost).rejects.toMatchObject({ code: 'not_found' });
    const other = play(`${username}:${password}@`, 'off?auth=digest');
    await expect(other).rejects.toMatchObject({ code: 'auth_failed' });
    const old = signRtspLogin(KEY, 'cam', { sub: 'person:eve', session: '', exp: exp - 120 });
    const late = play(`${old.username}:${old.password}@`, 'cam?auth=digest');
    await expect(late).rejects.toMatchObject({ code: 'auth_failed' });
  });

  it('counts a viewer with its bytes, and closes it when its right ends', async () => {
    const pictures = await play('x:good@', 'cam');
    source.play(1);
    await until(() => pictures.length >= 25);
    expect(watching.samples[0]!.bytes).toBeGreaterThan(25 * 400);
    expect(watching.closeWhere(() => true, 'right_ended')).toBe(1);
    await until(() => listener.stats().open === 0);
    expect(viewerFacts.map((fact) => fact.kind)).toEqual(['viewer.opened', 'viewer.closed']);
    expect(viewerFacts[1]).toMatchObject({ reason: 'right_ended', who: 'person:adam', stream_id: 'cam' });
  });

  it.each([
    ['no login', '', () => 'cam'],
    ['a wrong token', 'x:bad@', () => 'cam'],
    ['a ticket of another stream', '', () => `cam?ticket=${ticket('off')}`],
    ['a ticket that has expired', '', () => `cam?ticket=${ticket('cam', -2)}`],
    ['a ticket of another key', '', () => `cam?ticket=${ticket('cam', 60, Buffer.alloc(32, 4))}`],
    ['garbage for a ticket', '', () => 'cam?ticket=x.y'],
    ['no login for a stream that is not there', '', () => 'nobody'],
    ['a wrong token for a stream that is not there', 'x:bad@', () => 'nobody'],
    ['a wrong token for a path', 'x:bad@', () => '../../etc/passwd'],
  ])('is closed to %s', async (_what, login, path) => {
    await expect(play(login, path())).rejects.toMatchObject({ code: 'auth_failed' });
  });

  it.each(['nobody', 'off', 'cam/extra', ''])('has nothing at "%s" for who may enter', async (path) => {
    await expect(play('x:good@', path)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('ends its viewers with the stream, and gives everything back', async () => {
    const pictures = await play('x:good@', 'cam');
    source.play(0.5);
    await until(() => pictures.length > 5);
    rig.registry.apply(desiredState([]));
    await rig.registry.settled();
    await until(() => listener.stats().playing === 0);
  });
});
