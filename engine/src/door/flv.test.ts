import { FlvReader, TAG } from '@nightjar/media/flv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audioTrack, jpegTrack, type Publisher, until, videoTrack } from '../testing/index.ts';
import { DoorRig } from './testing/door-rig.ts';
import type { Viewer } from './testing/viewer.ts';

let rig: DoorRig;
let viewer: Viewer;
let source: Publisher;

beforeEach(async () => {
  rig = await DoorRig.start();
  ({ viewer, source } = rig);
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  expect(rig.left).toEqual({ slabs: 0, log: [] });
});

/** The tags of an endless answer as they come. */
async function tags(query = '') {
  const answer = await viewer.open(`/live/cam/stream.flv${query}`);
  const taken: { type: number; timestamp: number; head: string }[] = [];
  const reader = new FlvReader({
    tag: (type, timestamp, b, start, end) =>
      void taken.push({ type, timestamp, head: b.toString('hex', start, Math.min(end, start + 2)) }),
  });
  answer.on('data', (chunk: Buffer) => reader.read(chunk));
  const ended = new Promise<void>((resolve) => answer.once('close', () => resolve()));
  return { answer, taken, ended };
}

const KEY_FRAME = '1701';

describe('stream.flv', () => {
  it('begins with the last key frame, whatever the phase, and goes on a tag a frame', async () => {
    source.play(1.5);
    const { answer, taken } = await tags();
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'video/x-flv']);
    source.play(1);
    const pictures = () => taken.filter(({ type }) => type === TAG.video);
    await until(() => pictures().length === 1 + 13 + 25);
    expect(taken.slice(0, 3).map(({ type, head }) => `${type} ${head}`)).toEqual([
      '18 0200',
      '9 1700',
      '8 af00',
    ]);
    expect(pictures()[1]).toMatchObject({ head: KEY_FRAME, timestamp: 0 });
    expect(pictures()[2]).toMatchObject({ timestamp: 40 });
    expect(taken.filter(({ type }) => type === TAG.audio).length).toBeGreaterThan(20);
    answer.destroy();
    await until(() => rig.endings.length === 1);
    expect(rig.endings).toEqual(['flv left']);
  });

  it('is written 200 ms at a time to whoever asks, without keeping a newcomer waiting', async () => {
    source.play(1.5);
    const parts = await tags('?parts=200');
    await until(() => parts.taken.filter(({ type }) => type === TAG.video).length === 1 + 13);
    const before = rig.watching.samples[0]!.bytes;
    source.play(0.12);
    expect(rig.watching.samples[0]!.bytes).toBe(before);
    const later = await tags('?parts=200');
    for (const { taken } of [parts, later]) {
      await until(() => taken.filter(({ type }) => type === TAG.video).length === 1 + 13 + 3);
    }
    source.play(1);
    const times = ({ taken }: typeof parts) =>
      taken.flatMap(({ type, head, timestamp }) =>
        type === TAG.video && head !== '1700' ? [timestamp] : [],
      );
    await until(() => times(later).length >= 16 + 20 && times(parts).length === times(later).length);
    expect(times(parts)).toEqual(times(parts).map((_, index) => index * 40));
    expect(times(later)).toEqual(times(parts));
  });

  it('goes on when the source comes back, described anew, at a key frame', async () => {
    source.play(1);
    const { taken } = await tags();
    source.lose();
    source.setTracks([videoTrack(1), audioTrack()]);
    source.play(0.2);
    await until(() => taken.filter(({ head }) => head === KEY_FRAME).length === 2);
    expect(taken.filter(({ head }) => head === '1700')).toHaveLength(2);
    expect(rig.endings).toEqual([]);
  });

  it('ends when the stream goes on with another codec', async () => {
    source.play(1);
    const { ended } = await tags();
    source.setTracks([videoTrack()]);
    await ended;
    expect(rig.endings).toEqual(['flv stream_ended']);
  });

  it('a viewer that does not read loses whole GOPs, then is closed; another one loses nothing', async () => {
    source.play(1);
    const stalled = await viewer.open('/live/cam/stream.flv');
    stalled.pause();
    const { taken } = await tags();
    const pictures = () => taken.filter(({ type, head }) => type === TAG.video && head !== '1700');
    for (let i = 0; i < 100 && rig.endings.length === 0; i++) {
      const count = pictures().length;
      source.play(0.2, { bytes: 100_000 });
      await until(() => pictures().length >= count + 5);
    }
    expect(rig.endings).toEqual(['flv too_slow']);
    expect(
      pictures().every(({ timestamp }, i) => i === 0 || timestamp - pictures()[i - 1]!.timestamp === 40),
    ).toBe(true);
    stalled.destroy();
  });

  it('refuses a codec that FLV cannot carry, and HEAD costs nothing', async () => {
    source.play(0.1);
    const head = await viewer.get('/live/cam/stream.flv', { method: 'HEAD' });
    expect([head.status, head.headers['content-type'], rig.endings]).toEqual([200, 'video/x-flv', []]);
    source.setTracks([jpegTrack()]);
    const refused = await viewer.get('/live/cam/stream.flv');
    expect([refused.status, JSON.parse(refused.text).message]).toEqual([422, 'FLV cannot carry mjpeg']);
  });
});
