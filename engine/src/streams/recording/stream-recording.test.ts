import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  audioTrack,
  desiredState,
  desiredStream,
  Publisher,
  StreamsRig,
  videoTrack,
} from '../../testing/index.ts';

let rig: StreamsRig;
let camera: Publisher;
const eventful = (changes: object = {}) =>
  desiredState([
    desiredStream('cam', {
      recording: { enabled: true, segment_duration: 600, events: { before: 3 }, ...changes },
    }),
  ]);

beforeEach(async () => {
  rig = new StreamsRig();
  rig.registry.apply(eventful());
  await rig.registry.settled();
  const { run } = rig.camera;
  camera = new Publisher({
    ...{ clock: rig.clock, pool: rig.pool, stream: run.options.stream },
    tracks: [videoTrack(), audioTrack()],
  });
  run.ready(run.options.stream.tracks).live();
});
afterEach(async () => {
  await rig.registry.close();
  camera.close();
  expect(rig.clock.pending).toBe(0);
  expect(rig.pool.held).toBe(0);
});

/** A key frame each second. */
async function play(seconds: number): Promise<void> {
  for (let left = seconds; left > 1e-9; left -= 0.5) {
    camera.play(0.5);
    await rig.registry.settled();
    await rig.advance(0);
  }
}

const happens = (seconds: number) => rig.registry.get('cam')!.keepFootage(seconds);
/** Seconds since the beginning at which each closed file began and ended. */
const files = () =>
  rig.facts.flatMap((fact) =>
    fact.kind === 'segment.closed'
      ? [[fact.start, fact.end].map((time) => (Date.parse(time) - Date.UTC(2026, 0, 2, 3, 4, 0)) / 1000)]
      : [],
  );
const recordingStates = () =>
  rig.facts.flatMap((fact) => (fact.kind === 'recording.state' ? [fact.state] : []));

it('keeps nothing while nothing happens', async () => {
  await play(20);
  expect(rig.storage.files.size).toBe(0);
  // Three seconds, and a group of pictures on either side.
  expect(rig.registry.get('cam')!.writing.size).toBe(0);
  expect(recordingStates()).toEqual([]);
});

it('keeps what was before an event and after it, whole groups of pictures', async () => {
  await play(10.5);
  happens(5);
  await play(20);
  const [[begin, end] = []] = files();
  expect(files().length).toBe(1);
  expect(begin).toBeLessThanOrEqual(7.5);
  expect(begin).toBeGreaterThan(6);
  expect(end).toBeGreaterThanOrEqual(15.5);
  expect(end).toBeLessThan(17);
  expect(recordingStates()).toEqual(['waiting', 'recording', 'stopped']);
});

it('goes on in the same file when something happens before it has ended', async () => {
  await play(10);
  happens(5);
  await play(4);
  happens(5.2);
  await play(5.5);
  // Its time is over, and the next key frame has not come.
  happens(2);
  await play(10);
  expect(files().length).toBe(1);
  expect(files()[0]![1]).toBeGreaterThanOrEqual(21);
});

it('what follows shortly on the end of a file begins exactly where that ended', async () => {
  await play(10);
  happens(2);
  await play(3.5);
  expect(files().length).toBe(1);
  happens(2);
  await play(5);
  const [[, end] = [], [begin] = []] = files();
  expect(files().length).toBe(2);
  expect(begin).toBeCloseTo(end!, 2);
});

it('may be told that it is over', async () => {
  await play(5);
  happens(600);
  await play(5);
  happens(2);
  await play(5);
  expect(files().length).toBe(1);
  expect(files()[0]![1]).toBeLessThan(14);
});

it('an order to record without events counts at once, and events again after it', async () => {
  await play(5);
  rig.registry.apply(eventful({ events: undefined }));
  await play(20);
  rig.registry.apply(eventful());
  await play(3);
  expect(files().length).toBe(1);
  expect(files()[0]![1]).toBeGreaterThanOrEqual(25);
  await play(30);
  expect(files().length).toBe(1);
});

it('a camera that goes away while something happens is recorded again when it is back', async () => {
  await play(5);
  happens(30);
  await play(5);
  rig.camera.run.lose('timeout');
  await play(0.5);
  expect(files().length).toBe(1);
});
