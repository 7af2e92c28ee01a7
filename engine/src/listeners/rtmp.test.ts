import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Fact } from '@nightjar/contract/link';
import { publishKeyHash, signTicket } from '@nightjar/contract/link';
import { FlvFan } from '@nightjar/media/flv';
import { FlvToStream, parseRtmpUrl, RtmpClient, type RtmpServer, rtmpFraming } from '@nightjar/media/rtmp';
import { type Frame, MediaStream, SlabPool, systemClock } from '@nightjar/media/stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Publishers } from '../sources/index.ts';
import { type Publisher, QuietLog, StreamsRig, until } from '../testing/index.ts';
import { Viewers } from '../viewers/index.ts';
import { rtmpListener } from './index.ts';

const KEY = Buffer.alloc(32, 3);
const PUBLISH_KEY = 'p'.repeat(24);

let rig: StreamsRig;
let source: Publisher;
let listener: RtmpServer;
let log: QuietLog;
let asked: string[];
let facts: Fact[];
let viewers: Viewers;
let publishers: Publishers;
let clients: RtmpClient[];

beforeEach(async () => {
  rig = new StreamsRig();
  log = new QuietLog();
  asked = [];
  facts = [];
  clients = [];
  source = await rig.live();
  source.play(1.5);
  viewers = new Viewers({
    clock: systemClock,
    fact: (fact) => facts.push(fact),
    allowed: async () => true,
    log,
  });
  publishers = new Publishers();
  listener = rtmpListener({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    key: KEY,
    stream: (id) => rig.registry.get(id),
    judge: async (streamId, token) => {
      asked.push(`${streamId} ${token}`);
      return token === 'nobody' ? undefined : { allowed: token === 'good', sub: 'person:p1' };
    },
    viewers,
    publishers,
    log,
  });
  await listener.start();
});

afterEach(async () => {
  for (const client of clients) await client.close();
  viewers.close();
  await listener.close();
  source.close();
  await rig.registry.close();
  rig.clock.advance(2_000);
  expect(rig.pool.held).toBe(0);
  expect(log.lines).toEqual([]);
});

function client(name: string) {
  const frames: Pick<Frame, 'key' | 'track'>[] = [];
  const lost: unknown[] = [];
  const stream = new MediaStream({ stamp: () => undefined });
  const onFrame = ({ key, track }: Frame): void => void frames.push({ key, track });
  stream.attach({ onTracks: () => undefined, onFrame, onEnd: () => undefined }, false);
  const nothing = (): void => undefined;
  const sink = new FlvToStream({
    stream,
    pool: new SlabPool(),
    clock: systemClock,
    zero: systemClock.monotonic(),
    onReady: nothing,
    onLive: nothing,
  });
  const rtmp = new RtmpClient({
    url: parseRtmpUrl(`rtmp://127.0.0.1:${listener.port}/live/${name}`)!,
    connect: ({ host, port }, onread) => connect({ host, port, onread }),
    readBuffer: Buffer.alloc(64 * 1024),
    clock: systemClock,
    random: randomBytes,
    sink,
    onClose: (error) => void lost.push(error),
  });
  clients.push(rtmp);
  return { rtmp, frames, lost };
}

const closings = (): string[] =>
  facts.flatMap((fact) =>
    fact.kind === 'viewer.closed' ? [`${fact.protocol} ${fact.reason} ${fact.who}`] : [],
  );

describe('a viewer', () => {
  const ticket = (stream_id: string, exp: number): string =>
    signTicket(KEY, { stream_id, exp, sub: 'api:a' });
  const soon = (): number => Math.floor(Date.now() / 1000) + 30;

  it('with a token sees the stream from its last key frame on, and is counted until it leaves', async () => {
    const { rtmp, frames } = client('cam?token=good');
    await rtmp.play();
    await until(() => frames.length > 13);
    expect(frames[0]?.key).toBe(true);
    source.play(1);
    await until(() => frames.filter(({ track }) => track.kind === 'video').length === 13 + 25);
    expect(asked).toEqual(['cam good']);
    expect(viewers.facts).toMatchObject([{ protocol: 'rtmp', who: 'person:p1', stream_id: 'cam' }]);
    await rtmp.close();
    await until(() => closings().length === 1);
    expect(closings()).toEqual(['rtmp left person:p1']);
  });

  it('with a ticket needs no server', async () => {
    const { rtmp, frames } = client(`cam?ticket=${ticket('cam', soon())}`);
    await rtmp.play();
    await until(() => frames.length > 0);
    expect(asked).toEqual([]);
    expect(viewers.facts[0]?.who).toBe('api:a');
  });

  it.each([
    ['no token', () => 'cam'],
    ['a wrong token', () => 'cam?token=bad'],
    ['a token nobody can vouch for', () => 'cam?token=nobody'],
    ['the ticket of another stream', () => `cam?ticket=${ticket('other', soon())}`],
    ['a ticket that is over', () => `cam?ticket=${ticket('cam', soon() - 60)}`],
    ['a name that is none', () => '../cam?token=bad'],
  ])('with %s is refused', async (_name, name) => {
    const { rtmp } = client(name());
    await expect(rtmp.play()).rejects.toThrow('a valid ticket or token for this stream is needed');
    expect(viewers.facts).toEqual([]);
  });

  it('of a stream that is not there is refused', async () => {
    await expect(client('none?token=good').rtmp.play()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('who loses the right is told so and goes', async () => {
    const { rtmp, lost } = client('cam?token=good');
    await rtmp.play();
    viewers.closeWhere(() => true, 'right_ended');
    await until(() => lost.length === 1);
    expect(String(lost[0])).toContain('the right to watch has ended');
    expect(listener.stats().refused).toBe(1);
  });
});

describe('a publisher', () => {
  function waiting() {
    const told: string[] = [];
    const stream = new MediaStream({ stamp: () => undefined });
    const abort = new AbortController();
    const run = publishers.start({
      source: { url: 'publish:', publish_key_hash: publishKeyHash(PUBLISH_KEY) },
      stream,
      pool: rig.pool,
      clock: systemClock,
      zero: systemClock.monotonic(),
      onReady: () => void told.push('ready'),
      onLive: () => void told.push('live'),
      signal: abort.signal,
    });
    const over = run.run().catch((error: unknown) => error);
    return { stream, told, over, run, stop: () => abort.abort(new Error('stopped')) };
  }

  /** Sends what the source has, and what comes. */
  function feed({ rtmp }: { rtmp: RtmpClient }): () => void {
    return new FlvFan({ stream: source.stream, framing: rtmpFraming }).join({
      onHeaders: (messages) => void messages.map((message) => rtmp.write(message)),
      onBacklog: (messages) => void messages.map((message) => rtmp.write(message)),
      onMessage: (message) => rtmp.write(message),
      onEnd: () => undefined,
    });
  }

  it.each([PUBLISH_KEY, `anything?key=${PUBLISH_KEY}`])(
    'comes to %s and makes the stream live',
    async (name) => {
      const { told, over, run } = waiting();
      const one = client(name);
      await one.rtmp.publish();
      const leave = feed(one);
      await until(() => told.includes('live'));
      expect(told).toEqual(['ready', 'live']);
      expect(run.counters.bytes).toBeGreaterThan(100);
      leave();
      await one.rtmp.close();
      expect(await over).toMatchObject({ fault: 'closed_by_camera', message: 'the publisher went away' });
      await new Promise(setImmediate);
      expect(listener.stats()).toMatchObject({ refused: 0, malformed: 0 });
    },
  );

  it.each(['', 'x', `${PUBLISH_KEY}x`, `cam?key=${PUBLISH_KEY.slice(1)}`])(
    'with the key %j is refused in words',
    async (name) => {
      const { over, stop } = waiting();
      await expect(client(name).rtmp.publish()).rejects.toThrow('no stream takes this key');
      stop();
      await over;
    },
  );

  it('is refused while another one sends, and told when the stream is stopped', async () => {
    const { told, over, stop } = waiting();
    const [first, second] = [client(PUBLISH_KEY), client(PUBLISH_KEY)];
    await first.rtmp.publish();
    const leave = feed(first);
    await until(() => told.includes('live'));
    await expect(second.rtmp.publish()).rejects.toThrow('has a publisher already');
    stop();
    await over;
    await until(() => first.lost.length === 1);
    expect(String(first.lost[0])).toContain('the stream was stopped');
    leave();
    await expect(client(PUBLISH_KEY).rtmp.publish()).rejects.toThrow('no stream takes this key');
  });
});
