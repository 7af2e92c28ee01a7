import { flvFraming } from '@nightjar/media/flv';
import type { MediaStream } from '@nightjar/media/stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  audioTrack,
  desiredState,
  desiredStream,
  type PlayOptions,
  Publisher,
  StreamsRig,
  videoTrack,
} from '../testing/index.ts';
import type { EngineStream } from './index.ts';

let rig: StreamsRig;
let camera: Publisher;
/** The same frames, in a stream that keeps all in memory. */
let twin: Publisher;

const recorded = (changes: object = {}) =>
  desiredStream('cam', { recording: { enabled: true, segment_duration: 60 }, ...changes });
/** Two seconds from one key frame to the next, 1.2 Mbit/s. */
const LONG: PlayOptions = { gop: 50, bytes: 6_000 };

async function begin(tracks = [videoTrack(), audioTrack()]): Promise<void> {
  camera = await rig.live([recorded()], tracks);
  twin = new Publisher({ tracks, utc: rig.clock.utc() });
}

beforeEach(() => {
  rig = new StreamsRig();
});
afterEach(async () => {
  camera.close();
  twin.close();
  await rig.registry.close();
  expect(rig.clock.pending).toBe(0);
  expect(rig.pool.held).toBe(0);
  expect(rig.storage.openFiles).toBe(0);
});

const stream = (): EngineStream => rig.registry.get('cam')!;

async function play(seconds: number, options = LONG): Promise<void> {
  for (let left = seconds; left > 1e-9; left -= 0.25) {
    const step = Math.min(left, 0.25);
    camera.play(step, options);
    twin.play(step, options);
    await rig.advance(0);
    await rig.advance(0);
  }
}

/** What a reader is given that comes now. */
const shown = ({ gop }: MediaStream): string[] =>
  gop.map(({ slab, start, end, dts, pts, duration, key, arrival }) =>
    [dts, pts, duration, key, arrival, slab.buffer.toString('hex', start, end)].join(' '),
  );
const whole = (): void => {
  expect(stream().media.gop.length).toBeGreaterThan(0);
  expect(shown(stream().media)).toEqual(shown(twin.stream));
};
const ready = (): Promise<boolean> => stream().ready(1_000, new AbortController().signal);
const warnings = (): unknown[] => rig.log.lines.filter(({ level }) => level === 'warn');

it('what is on disk of a stream that nobody watches takes no memory, and is there for who comes', async () => {
  await begin();
  await play(5.75);
  expect(stream().media.gop).toHaveLength(0);
  // Less than a second that is not written yet, and what is being filled.
  expect(rig.pool.heldBytes).toBeLessThan(400_000);
  expect(await ready()).toBe(true);
  whole();
  expect(stream().media.gop.length).toBeGreaterThan(40);
});

it('stays in memory while somebody has asked for it lately, or reads it', async () => {
  await begin();
  await play(3.5);
  await ready();
  await play(6);
  whole();
  const leave = stream().media.attach(
    { onTracks: () => undefined, onFrame: () => undefined, onEnd: () => undefined },
    true,
  );
  await play(20);
  whole();
  leave();
  await play(9.5);
  whole();
  await play(4.25);
  expect(stream().media.gop).toHaveLength(0);
});

it('pictures that are shown in another order than they come', async () => {
  await begin([videoTrack()]);
  await play(0.75);
  const order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11];
  for (const publisher of [camera, twin]) {
    for (const [index, shownAs] of order.entries()) {
      const [dts, pts] = [1 + index * 0.2, 1.4 + shownAs * 0.2];
      publisher.frame(publisher.video!, dts, { key: index === 0, pts, bytes: 3_000 });
    }
  }
  await rig.advance(0);
  expect(stream().media.gop).toHaveLength(0);
  await ready();
  whole();
  expect(stream().media.gop.length).toBe(order.length);
});

it('sound that comes late lies in the file before', async () => {
  rig.registry.apply(desiredState([recorded()]));
  await begin();
  const late = { ...LONG, soundDelay: 0.4 };
  // A file begins at each full minute.
  await play(61.25, late);
  expect(rig.facts.filter(({ kind }) => kind === 'segment.closed').length).toBe(1);
  expect(stream().media.gop).toHaveLength(0);
  await ready();
  whole();
  expect(stream().media.gop.filter(({ track }) => track.kind === 'audio').length).toBeGreaterThan(10);
});

it('is read back also when the recording was stopped, and a recording that begins has it', async () => {
  await begin();
  await play(5.5);
  rig.registry.apply(desiredState([desiredStream()]));
  await rig.registry.settled();
  expect(stream().media.gop).toHaveLength(0);
  rig.registry.apply(desiredState([recorded()]));
  await rig.registry.settled();
  whole();
  await play(3);
  const [, second] = rig.facts.filter(({ kind }) => kind === 'segment.opened');
  expect(second).toMatchObject({ start: new Date(Date.UTC(2026, 0, 2, 3, 4, 4)).toISOString() });
});

it('other tracks end what is known', async () => {
  await begin();
  await play(3.5);
  for (const publisher of [camera, twin]) publisher.setTracks([videoTrack(1)]);
  expect(await ready()).toBe(true);
  expect(stream().media.gop).toHaveLength(0);
  await play(0.5);
  whole();
});

it.each([
  [
    'cannot be read',
    () => {
      rig.storage.fault = ({ kind }) => {
        if (kind === 'read') throw new Error('EIO');
      };
    },
  ],
  [
    'has other bytes',
    () => {
      for (const file of rig.storage.files.values()) file.bytes = Buffer.alloc(file.bytes.length);
    },
  ],
  [
    'was cut when the disk failed',
    () => {
      const [file] = rig.storage.files.values();
      file!.bytes = file!.bytes.subarray(0, 10_000);
    },
  ],
])('whoever comes begins at the next key frame when the file %s', async (_how, spoil) => {
  await begin();
  await play(5.5);
  spoil();
  expect(await ready()).toBe(true);
  expect(stream().media.gop).toHaveLength(0);
  expect(warnings()).toEqual([
    expect.objectContaining({ msg: 'the newest pictures could not be read back' }),
  ]);
  rig.storage.fault = () => undefined;
  await play(1);
  whole();
});

it('nobody waits long for a disk that does not answer, and its answer is of use to who comes then', async () => {
  await begin();
  await play(5.25);
  let answer = (): void => undefined;
  rig.storage.fault = ({ kind }) =>
    kind === 'read' ? new Promise((resolve) => (answer = resolve)) : undefined;
  const asked = ready();
  await rig.advance(0);
  await rig.advance(299);
  expect(stream().media.gop).toHaveLength(0);
  await rig.advance(1);
  expect(await asked).toBe(true);
  expect(stream().media.gop).toHaveLength(0);
  rig.storage.fault = () => undefined;
  answer();
  await rig.advance(0);
  await ready();
  whole();
  expect(warnings()).toEqual([]);
});

it('who waits for the disk while the stream goes is told that it has gone, by every way', async () => {
  await begin();
  await play(3);
  const gone = stream();
  rig.registry.apply(desiredState([], { revision: 2 }));
  await rig.registry.settled();
  const ended: string[] = [];
  const taker = (name: string) => ({
    onTracks: () => undefined,
    onBacklog: () => undefined,
    onPiece: () => undefined,
    onHeaders: () => undefined,
    onMessage: () => undefined,
    onEnd: () => void ended.push(name),
  });
  gone.fragments.of({ hold: 0, tracks: 'all' }).join(taker('fragments'));
  gone.flv.of(flvFraming).join(taker('flv'));
  await Promise.resolve();
  expect(ended.sort()).toEqual(['flv', 'fragments']);
  expect(gone.sender()).toBeUndefined();
});

it('what a failed disk had taken is not counted on', async () => {
  await begin();
  rig.storage.fault = ({ kind }) => {
    if (kind === 'sync' && rig.clock.monotonic() > 3_000) throw new Error('EIO');
  };
  await play(5.25);
  rig.storage.fault = () => undefined;
  await ready();
  if (stream().media.gop.length > 0) whole();
  await play(1);
  whole();
});

it('a stream that is not recorded is kept in memory', async () => {
  camera = await rig.live([desiredStream()]);
  twin = new Publisher({ tracks: [videoTrack(), audioTrack()], utc: rig.clock.utc() });
  await play(15.5);
  whole();
});

it('a file that was closed and is gone is a warning, and no more', async () => {
  await begin();
  await play(5.5);
  rig.registry.apply(desiredState([desiredStream()]));
  await rig.registry.settled();
  rig.storage.files.clear();
  expect(await ready()).toBe(true);
  expect(stream().media.gop).toHaveLength(0);
  expect(warnings().length).toBe(1);
  await play(1);
  whole();
});
