import { afterEach, beforeEach, expect, it } from 'vitest';
import { desiredState, desiredStream, StreamsRig } from '../testing/index.ts';

let rig: StreamsRig;

beforeEach(() => {
  rig = new StreamsRig();
});
afterEach(async () => {
  await rig.registry.close();
  expect(rig.clock.pending).toBe(0);
});

const onDemand = (changes: Parameters<typeof desiredStream>[1] = {}) =>
  desiredState([desiredStream('cam', { on_demand: { grace: 10 }, ...changes })]);

it('connects when the first viewer comes, and disconnects when the grace after the last is over', async () => {
  rig.registry.apply(onDemand());
  await rig.registry.settled();
  expect(rig.states()).toEqual([]);
  const stream = rig.registry.get('cam')!;
  stream.watched(1);
  await rig.registry.settled();
  rig.camera.run.options.onReady();
  rig.camera.run.live();
  stream.watched(0);
  await rig.advance(9_999);
  expect(rig.states()).toEqual(['connecting', 'ready', 'live']);
  await rig.advance(1);
  await rig.registry.settled();
  expect(rig.states()).toEqual(['connecting', 'ready', 'live', 'stopped']);
  stream.watched(1);
  await rig.registry.settled();
  expect(rig.states().at(-1)).toBe('connecting');
});

it('waits for the tracks for whoever asks, and gives up on a camera that does not answer', async () => {
  rig.registry.apply(onDemand());
  await rig.registry.settled();
  const stream = rig.registry.get('cam')!;
  const ready = stream.ready(8_000, new AbortController().signal);
  await rig.advance(0);
  await rig.registry.settled();
  expect(rig.states()).toEqual(['connecting']);
  await rig.advance(8_000);
  expect(await ready).toBe(false);
  await rig.advance(10_000);
  await rig.registry.settled();
  expect(rig.states()).toEqual(['connecting', 'stopped']);
});

it('stays connected while it is recorded', async () => {
  rig.registry.apply(onDemand({ recording: { enabled: true, segment_duration: 60 } }));
  await rig.registry.settled();
  expect(rig.states()).toEqual(['connecting']);
  rig.registry.apply(onDemand({ recording: { enabled: true, paused: true, segment_duration: 60 } }));
  await rig.registry.settled();
  expect(rig.states()).toEqual(['connecting', 'stopped']);
});

it('is not begun by viewers when it is told to stop', async () => {
  rig.registry.apply(onDemand({ running: false }));
  await rig.registry.settled();
  const stream = rig.registry.get('cam')!;
  stream.watched(1);
  expect(await stream.ready(8_000, new AbortController().signal)).toBe(false);
  await rig.registry.settled();
  expect(rig.states()).toEqual([]);
});
