import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlvReader, TAG } from '@nightjar/media/flv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStore, Playback } from '../playback/index.ts';
import {
  audioTrack,
  desiredState,
  desiredStream,
  jpegTrack,
  Publisher,
  StreamsRig,
  until,
  videoTrack,
} from '../testing/index.ts';
import { Viewers } from '../viewers/index.ts';
import { createDoor, listenOnSocket } from './index.ts';
import { Viewer } from './testing/viewer.ts';

const KEY = Buffer.alloc(32, 9);

let folder: string;
let rig: StreamsRig;
let door: Server;
let viewer: Viewer;
let watching: Viewers;
let source: Publisher;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-flv-'));
  const socketPath = join(folder, 'run/engine.sock');
  rig = new StreamsRig();
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
    playback: new Playback({ store: fileStore, folder: () => folder }),
    viewers: watching,
    log: rig.log,
  });
  await listenOnSocket(door, socketPath);
  viewer = new Viewer(socketPath, KEY, () => rig.clock.utc());
  rig.registry.apply(desiredState([desiredStream('cam')]));
  await rig.registry.settled();
  const { stream } = rig.camera.run.options;
  source = new Publisher({ stream, clock: rig.clock, pool: rig.pool, tracks: [videoTrack(), audioTrack()] });
  rig.camera.run.options.onReady();
  rig.camera.run.live();
});

afterEach(async () => {
  source.close();
  watching.close();
  await rig.registry.close();
  rig.clock.advance(2_000);
  door.closeAllConnections();
  await new Promise((resolve) => door.close(resolve));
  await rm(folder, { recursive: true });
  expect(rig.pool.held).toBe(0);
  expect(rig.log.lines).toEqual([]);
});

const endings = (): string[] =>
  rig.facts.flatMap((fact) => (fact.kind === 'viewer.closed' ? [`${fact.protocol} ${fact.reason}`] : []));

/** The tags of an endless answer as they come. */
async function tags() {
  const answer = await viewer.open('/live/cam/stream.flv');
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
    await until(() => endings().length === 1);
    expect(endings()).toEqual(['flv left']);
  });

  it('goes on when the source comes back, described anew, at a key frame', async () => {
    source.play(1);
    const { taken } = await tags();
    source.lose();
    source.setTracks([videoTrack(1), audioTrack()]);
    source.play(0.2);
    await until(() => taken.filter(({ head }) => head === KEY_FRAME).length === 2);
    expect(taken.filter(({ head }) => head === '1700')).toHaveLength(2);
    expect(endings()).toEqual([]);
  });

  it('ends when the stream goes on with another codec', async () => {
    source.play(1);
    const { ended } = await tags();
    source.setTracks([videoTrack()]);
    await ended;
    expect(endings()).toEqual(['flv stream_ended']);
  });

  it('a viewer that does not read loses whole GOPs, then is closed; another one loses nothing', async () => {
    source.play(1);
    const stalled = await viewer.open('/live/cam/stream.flv');
    stalled.pause();
    const { taken } = await tags();
    const pictures = () => taken.filter(({ type, head }) => type === TAG.video && head !== '1700');
    for (let i = 0; i < 100 && endings().length === 0; i++) {
      const count = pictures().length;
      source.play(0.2, { bytes: 100_000 });
      await until(() => pictures().length >= count + 5);
    }
    expect(endings()).toEqual(['flv too_slow']);
    expect(
      pictures().every(({ timestamp }, i) => i === 0 || timestamp - pictures()[i - 1]!.timestamp === 40),
    ).toBe(true);
    stalled.destroy();
  });

  it('refuses a codec that FLV cannot carry, and HEAD costs nothing', async () => {
    source.play(0.1);
    const head = await viewer.get('/live/cam/stream.flv', { method: 'HEAD' });
    expect([head.status, head.headers['content-type'], endings()]).toEqual([200, 'video/x-flv', []]);
    source.setTracks([jpegTrack()]);
    const refused = await viewer.get('/live/cam/stream.flv');
    expect([refused.status, JSON.parse(refused.text).message]).toEqual([422, 'FLV cannot carry mjpeg']);
  });
});
