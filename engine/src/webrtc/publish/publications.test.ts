import { setImmediate } from 'node:timers/promises';
import { publishKeyHash } from '@nightjar/contract/link';
import { type Frame, MediaStream } from '@nightjar/media/stream';
import { FakeClock } from '@nightjar/media/testing';
import type { PublishedTrack } from '@nightjar/media/webrtc';
import { beforeEach, describe, expect, it } from 'vitest';
import { Publishers, type SourceOptions } from '../../sources/index.ts';
import { CountingPool, QuietLog } from '../../testing/index.ts';
import type { ToWorker, WhipCall } from '../messages.ts';
import { PeerCallError } from '../peer-worker.ts';
import { PacketBatch } from './packet-batch.ts';
import { Publications } from './publications.ts';

const KEY = 'k'.repeat(32);
const VIDEO: PublishedTrack = {
  ...{ kind: 'video', payloadType: 96, encodingName: 'H264', clockRate: 90_000, channels: 1 },
  fmtp: new Map([['packetization-mode', '1']]),
};
const NALS = ['Z0LAHtoCgL/lwFqDAwNSgAAAAwCAAAAZR4sXUA==', 'aM48gA==', 'ZYiEAAk='].map((nal) =>
  Buffer.from(nal, 'base64'),
);

let clock: FakeClock;
let pool: CountingPool;
let stream: MediaStream;
let publishers: Publishers;
let publications: Publications;
let posted: ToWorker[];
let calls: WhipCall[];
let refusal: PeerCallError | undefined;
let frames: Frame[];
let over: Promise<unknown>;

beforeEach(async () => {
  clock = new FakeClock();
  pool = new CountingPool();
  stream = new MediaStream({ stamp: () => undefined });
  publishers = new Publishers();
  posted = [];
  calls = [];
  refusal = undefined;
  frames = [];
  const reader = { onTracks: () => undefined, onEnd: () => undefined };
  stream.attach({ ...reader, onFrame: (frame) => void frames.push(frame) }, false);
  const worker = {
    post: (message: ToWorker) => void posted.push(message),
    call: async (call: WhipCall) => {
      calls.push(call);
      if (refusal) throw refusal;
      return { answer: 'v=0\r\n', tracks: [VIDEO] };
    },
  };
  publications = new Publications(worker as never, { publishers, clock, log: new QuietLog() });
  over = wait();
  await setImmediate();
});

/** The stream waits for a publisher; resolves with why the wait or the publisher ended. */
function wait(): Promise<unknown> {
  const options: SourceOptions = {
    ...{ stream, pool, clock, zero: 0, onReady: () => undefined, onLive: () => undefined },
    source: { url: 'publish:', publish_key_hash: publishKeyHash(KEY) } as SourceOptions['source'],
    signal: new AbortController().signal,
  };
  return publishers
    .start(options)
    .run()
    .catch((error: unknown) => error);
}

const open = (key = KEY) =>
  publications.open({ streamId: 'cam', stream: { media: stream }, key, offer: 'v=0', local: true });

/** A picture of three NAL units, as the worker posts it. */
function picture(session: string, first: number): void {
  const batch = new PacketBatch(clock, (bytes) => publications.news({ type: 'media', session, bytes }));
  for (const [index, nal] of NALS.entries()) {
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = VIDEO.payloadType | (index === NALS.length - 1 ? 128 : 0);
    header.writeUInt16BE(first + index, 2);
    header.writeUInt32BE(first * 1_000, 4);
    header.writeUInt32BE(5, 8);
    batch.add(0, 'rtp', Buffer.concat([header, nal]));
  }
  batch.flush();
}

const refreshes = () => posted.filter(({ type }) => type === 'refresh').length;

describe('a publisher', () => {
  it('with the key feeds the stream', async () => {
    const { id, answer } = await open();
    expect(answer).toBe('v=0\r\n');
    expect(calls).toEqual([{ type: 'whip', session: id, offer: 'v=0', local: true }]);
    picture(id, 1);
    picture(id, 4);
    expect(frames.map(({ key, track }) => [key, track.format.codecString])).toEqual([
      [true, 'avc1.42C01E'],
      [true, 'avc1.42C01E'],
    ]);
  });

  it('is asked for a key frame until one comes, then again 2 s behind each', async () => {
    const { id } = await open();
    clock.advance(1_500);
    expect(refreshes()).toBe(3);
    picture(id, 1);
    clock.advance(1_500);
    expect(refreshes()).toBe(3);
    clock.advance(500);
    expect(refreshes()).toBe(4);
  });

  it('without the stream’s own key is told so, before anything is made for it', async () => {
    await expect(open('wrong')).rejects.toMatchObject({ status: 403 });
    const elsewhere = { media: new MediaStream({ stamp: () => undefined }) };
    const asked = publications.open({ streamId: 'b', stream: elsewhere, key: KEY, offer: '', local: true });
    await expect(asked).rejects.toMatchObject({ status: 403 });
    expect(calls).toEqual([]);
  });

  it('whose offer is refused leaves nothing behind', async () => {
    refusal = new PeerCallError('not_playable', 'VP8 alone');
    await expect(open()).rejects.toMatchObject({ status: 422, message: 'VP8 alone' });
    expect(publications.count).toBe(0);
    refusal = undefined;
    await open();
    expect(publications.count).toBe(1);
  });

  it('that comes second is sent away, and the first one goes on', async () => {
    const first = await open();
    picture(first.id, 1);
    await expect(open()).rejects.toMatchObject({ status: 409 });
    expect(posted.filter(({ type }) => type === 'end_publisher')).toHaveLength(1);
    picture(first.id, 4);
    expect(frames).toHaveLength(2);
  });

  it('that leaves ends the run, and its worker’s session; others cannot end it', async () => {
    const { id } = await open();
    expect(publications.leave('other', id)).toBe(false);
    expect(publications.leave('cam', id)).toBe(true);
    expect(await over).toMatchObject({
      fault: 'closed_by_camera',
      message: 'the publisher left',
      again: 'at once',
    });
    expect(posted.at(-1)).toEqual({ type: 'end_publisher', session: id });
    expect(publications.leave('cam', id)).toBe(false);
    picture(id, 1);
    expect(frames).toEqual([]);
    expect([pool.held, clock.pending]).toEqual([0, 0]);
  });

  it.each([
    [
      'its connection',
      (id: string) =>
        publications.news({ type: 'publisher_ended', session: id, end: 'gone', detail: 'it fell silent' }),
      'it fell silent',
    ],
    ['the worker', () => publications.lost(), 'the media worker ended'],
  ])('is lost with %s', async (_, lose, message) => {
    const { id } = await open();
    picture(id, 1);
    lose(id);
    expect(await over).toMatchObject({ fault: 'closed_by_camera', message });
    expect(publications.count).toBe(0);
    expect([pool.held, clock.pending]).toEqual([0, 0]);
  });

  it('that sends nothing for 10 s has to go', async () => {
    await open();
    clock.advance(10_000);
    expect(await over).toMatchObject({ fault: 'no_media', message: expect.stringContaining('video') });
    expect(posted.at(-1)?.type).toBe('end_publisher');
  });
});
