import { WeeklySchedule } from '@nightjar/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { desiredState, desiredStream, StreamsRig } from '../../testing/index.ts';

let rig: StreamsRig;
beforeEach(() => {
  // A Friday, 03:04 UTC.
  rig = new StreamsRig();
});
afterEach(async () => {
  await rig.registry.close();
  expect(rig.clock.pending).toBe(0);
});

const schedule = WeeklySchedule.parse({ time_zone: 'UTC', fri: ['03:05-03:06'] });
/** On demand: connected only while it is to be recorded, so that its states tell. */
const scheduled = (changes: object = {}) =>
  desiredState([
    desiredStream('cam', {
      on_demand: { grace: 0 },
      recording: { enabled: true, segment_duration: 60, schedule, ...changes },
    }),
  ]);

async function pass(ms: number): Promise<void> {
  await rig.advance(ms);
  await rig.registry.settled();
  await rig.advance(0);
}

it('records in the hours of its schedule, and no server need be there', async () => {
  rig.registry.apply(scheduled());
  await rig.registry.settled();
  await pass(59_000);
  expect(rig.states()).toEqual([]);
  await pass(2_000);
  expect(rig.states()).toEqual(['connecting']);
  await pass(57_000);
  expect(rig.states()).toEqual(['connecting']);
  await pass(3_000);
  expect(rig.states()).toEqual(['connecting', 'stopped']);
});

it('an order without the schedule counts at once, and the schedule again after it', async () => {
  rig.registry.apply(scheduled());
  await rig.registry.settled();
  rig.registry.apply(scheduled({ schedule: undefined }));
  await rig.registry.settled();
  expect(rig.states()).toEqual(['connecting']);
  rig.registry.apply(scheduled());
  await pass(1_000);
  expect(rig.states()).toEqual(['connecting', 'stopped']);
});

it('a clock that is set takes the hours with it', async () => {
  rig.registry.apply(scheduled());
  await rig.registry.settled();
  rig.clock.stepUtc(60_000);
  await pass(1_000);
  expect(rig.states()).toEqual(['connecting']);
});
