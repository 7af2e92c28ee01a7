import type { DesiredState } from '@nightjar/contract/link';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { segmentStart } from '../recorder/index.ts';
import { desiredState, desiredStream, Publisher, QuietLog } from '../testing/index.ts';
import { Prerolls } from './index.ts';

const BASE = '/nowhere';

let camera: Publisher;
let prerolls: Prerolls;

beforeEach(() => {
  camera = new Publisher();
  prerolls = new Prerolls({
    ...{ clock: camera.clock, pool: camera.pool, log: new QuietLog() },
    media: () => camera.stream,
    settled: async () => undefined,
  });
});
afterEach(async () => {
  await prerolls.close();
  camera.close();
});

async function desire(preroll: DesiredState['preroll'], recorded = false): Promise<void> {
  const stream = desiredStream('cam');
  const recording = { ...stream.recording, enabled: recorded };
  prerolls.desire({
    ...desiredState([{ ...stream, recording }]),
    base_path: BASE,
    ...(preroll ? { preroll } : {}),
  });
  await new Promise((resolve) => setImmediate(resolve));
}

async function play(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 0.5) {
    camera.play(0.5, { gop: 25 });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Seconds back from now to the beginning of the oldest file that is held. */
async function reach(): Promise<number> {
  const names = await prerolls.footage.store.list(`${BASE}/hot/cam`);
  const starts = names.map((name) => segmentStart(name)!);
  return (camera.clock.utc() - Math.min(...starts)) / 1000;
}

describe('the newest seconds of a stream that is not recorded', () => {
  it('are in memory as whole files, and older ones are not', async () => {
    await desire({ cam: 10 });
    await play(40);
    expect(await reach()).toBeGreaterThanOrEqual(10);
    expect(await reach()).toBeLessThan(15);
    const [name] = await prerolls.footage.store.list(`${BASE}/hot/cam`);
    const handle = await prerolls.footage.store.open(`${BASE}/hot/cam/${name}`);
    const bytes = await handle!.read(0, handle!.size);
    expect([bytes.length, bytes.toString('latin1', 4, 8)]).toEqual([handle!.size, 'ftyp']);
    expect(await handle!.read(1_000, 50)).toEqual(bytes.subarray(1_000, 1_050));
  });

  it('cost a bounded amount of memory however long it goes on', async () => {
    await desire({ cam: 5 });
    await play(20);
    const before = prerolls.bytes('cam');
    await play(60);
    expect(before).toBeGreaterThan(0);
    expect(prerolls.bytes('cam')).toBeLessThan(before * 1.5);
  });

  it('are let go when it is recorded, when nobody wants them, and when another stream takes its place', async () => {
    await desire({ cam: 10 });
    await play(5);
    expect(prerolls.bytes('cam')).toBeGreaterThan(0);
    await desire({ cam: 10 }, true);
    expect(prerolls.bytes('cam')).toBe(0);
    await desire({ cam: 10 });
    await play(5);
    expect(prerolls.bytes('cam')).toBeGreaterThan(0);
    await desire(undefined);
    expect(prerolls.bytes('cam')).toBe(0);
    expect(await prerolls.footage.store.list(`${BASE}/hot/cam`)).toEqual([]);
  });

  it('grow while a window is waited for', async () => {
    await desire({ cam: 4 });
    await play(6);
    await desire({ cam: 20 });
    await play(14);
    expect(await reach()).toBeGreaterThan(17);
  });
});
