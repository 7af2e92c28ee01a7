import { FaultProxy } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventually,
  footage,
  footageBytes,
  Installation,
  largestStep,
  monotonicMs,
  probeFootage,
  recordsAgain,
  SyntheticCameras,
} from './harness/index.ts';

const HEALTHY = 'healthy';
const FAULTY = ['stalled', 'reset', 'half-open', 'slow'] as const;
type Faulty = (typeof FAULTY)[number];
/** What is promised: recording again so long after media returns. */
const PROMISED_MS = 8_000;

let cameras: SyntheticCameras;
let installation: Installation;
const proxies = new Map<Faulty, FaultProxy>();

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 + FAULTY.length });
  installation = await Installation.start();
  const recording = { enabled: true };
  await installation.api.addStream({ id: HEALTHY, source_url: cameras.urls[0]!, recording });
  for (const [index, id] of FAULTY.entries()) {
    const camera = new URL(cameras.urls[index + 1]!);
    const proxy = await FaultProxy.start({ target: { port: Number(camera.port) } });
    proxies.set(id, proxy);
    camera.port = String(proxy.port);
    await installation.api.addStream({ id, source_url: camera.href, recording });
  }
  await recordsAgain(installation, [HEALTHY, ...FAULTY], new Set(), 20_000);
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  for (const proxy of proxies.values()) await proxy[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

const known = async (id: Faulty): Promise<Set<string>> =>
  new Set((await footage(installation.dataDir, id)).map(({ path }) => path));
const lost = (id: Faulty) =>
  eventually(`${id} to be lost`, async () => (await installation.api.stream(id)).state === 'reconnecting', {
    timeoutMs: 20_000,
    everyMs: 50,
  });

/** Milliseconds until a new file grows, from when `broken` is over. */
async function recordsAfter(id: Faulty, broken: () => Promise<void>): Promise<number> {
  const before = await known(id);
  await broken();
  const [ms] = await recordsAgain(installation, [id], before, 30_000);
  console.log(`${id}: recording again after ${Math.round(ms!)} ms`);
  return ms!;
}

describe.concurrent('a network that', () => {
  it('stops forwarding is noticed by missing media, and what comes after is recorded', async () => {
    const proxy = proxies.get('stalled')!;
    const ms = await recordsAfter('stalled', async () => {
      const began = monotonicMs();
      proxy.stall();
      await lost('stalled');
      // No socket has closed: it was the media that told.
      expect(monotonicMs() - began).toBeGreaterThan(4_000);
      proxy.resume();
    });
    expect(ms).toBeLessThan(PROMISED_MS);
  });

  it('resets connections', async () => {
    const ms = await recordsAfter('reset', async () => proxies.get('reset')!.reset());
    expect(ms).toBeLessThan(PROMISED_MS);
  });

  it('loses the camera without telling us', async () => {
    const ms = await recordsAfter('half-open', async () => {
      proxies.get('half-open')!.halfOpen();
      await lost('half-open');
    });
    expect(ms).toBeLessThan(PROMISED_MS);
  });

  it('is slow and late loses nothing', async () => {
    const proxy = proxies.get('slow')!;
    proxy.faults.down.latencyMs = 400;
    const before = await known('slow');
    const bytes = await footageBytes(installation.dataDir, 'slow');
    const grown = async () => (await footageBytes(installation.dataDir, 'slow')) > bytes + 300_000;
    await eventually('seven seconds of footage', grown, { timeoutMs: 30_000, everyMs: 200 });
    expect(await known('slow')).toEqual(before);
    expect((await installation.api.stream('slow')).errors).toEqual([]);
  });
});

describe('meanwhile', () => {
  it('another camera was recorded without a gap, and so was the slow one', async () => {
    expect(await installation.api.stream(HEALTHY)).toMatchObject({ status: 'active', errors: [] });
    await installation.drain();
    for (const id of [HEALTHY, 'slow']) {
      const [file, ...more] = await probeFootage(installation.dataDir, id);
      expect(more).toEqual([]);
      expect(largestStep(file!.video!.packets), id).toBeLessThan(0.06);
    }
  });
});
