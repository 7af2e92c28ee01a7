import { FaultProxy, UdpFaultProxy } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Browser,
  eventually,
  Installation,
  monotonicMs,
  recordsAgain,
  SyntheticCameras,
} from './harness/index.ts';
import { partnerBundle } from './webrtc/bundles.ts';

const SCOPES = ['streams:read', 'streams:write'];
const WAYS = ['webrtc', 'hls', 'rest'] as const;
/** Milliseconds for which the network is cut. */
const CUT_MS = 5_000;
/** A right that is lost goes quiet within 5 s; then the client must notice, and ask again. */
const GONE_MS = 10_000;

interface Way {
  last: number;
  longest: number;
  silent: number;
  refused: number[];
  refusedAt?: number;
}
type Outcome = Record<(typeof WAYS)[number], Way> & { noticed?: number; states: string[] };

let cameras: SyntheticCameras;
let installation: Installation;
let tcp: FaultProxy;
let udp: UdpFaultProxy;
let browser: Browser;

const call = <T>(code: string): Promise<T> => browser.page.evaluate(`partner.${code}`);
const outcome = () => call<Outcome>('outcome()');
const waited = async (ms: number): Promise<void> => {
  const from = monotonicMs();
  await eventually(`${ms} ms`, () => monotonicMs() - from > ms, { timeoutMs: ms + 5_000 });
};

/** Where the engine's media go, as a consumer is told. */
async function mediaPort(): Promise<number> {
  const capabilities = await installation.api.expect(200, 'GET', '/v2/streams/yard/rtp-capabilities');
  const opened = await installation.api.expect(201, 'POST', '/v2/streams/yard/consume', {
    rtp_capabilities: capabilities,
  });
  const { iceCandidates } = (opened as { transport: { iceCandidates: { protocol: string; port: number }[] } })
    .transport;
  return iceCandidates.find(({ protocol }) => protocol === 'udp')!.port;
}

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start();
  const recording = { enabled: true, segment_duration: 60 };
  await installation.api.addStream({ id: 'yard', source_url: cameras.urls[0]!, recording });
  await recordsAgain(installation, ['yard'], new Set(), 15_000);
  const body = { name: 'viewer', client_id: 'viewer', scopes: SCOPES };
  const made = (await installation.api.expect(201, 'POST', '/v2/auth/clients', body)) as Record<
    string,
    string
  >;
  tcp = await FaultProxy.start({ target: { port: Number(new URL(installation.api.base).port) } });
  udp = await UdpFaultProxy.start({ target: { port: await mediaPort() } });
  browser = await Browser.start();
  const base = `http://127.0.0.1:${tcp.port}`;
  await browser.page.goto(`${base}/health`);
  await browser.page.evaluate(await partnerBundle());
  await call(`goBy(${udp.port})`);
  const login = { base, clientId: 'viewer', clientSecret: made['client_secret'] };
  await call(`follow(${JSON.stringify(login)}, 'yard')`);
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await tcp?.[Symbol.asyncDispose]();
  await udp?.[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

/** What the client does when something happens, and when every way goes on; `until` is when it is over. */
async function goesOn(cause: string, happens: () => Promise<void>): Promise<Outcome> {
  await eventually(
    'every way to go',
    async () => {
      const now = await outcome();
      return WAYS.every((way) => now[way].silent < 2_500);
    },
    { timeoutMs: 20_000 },
  );
  await call('mark()');
  const from = monotonicMs();
  await happens();
  const over = monotonicMs() - from;
  const after = await eventually(
    `${cause}: every way again`,
    async () => {
      const now = await outcome();
      const flows = WAYS.every((way) => now[way].last > over && now[way].silent < 2_500);
      return flows && now.states.at(-1) !== 'connecting' && monotonicMs() - from > over + 2_500 && now;
    },
    { timeoutMs: 40_000 },
  );
  const s = (ms: number | undefined) => (ms === undefined ? 'not' : `${(ms / 1000).toFixed(1)} s`);
  const cells = WAYS.map(
    (way) => `${way} ${s(after[way].longest)} without, ${after[way].refused.length} refused`,
  );
  console.log(`${cause} (over after ${s(over)}): noticed after ${s(after.noticed)}; ${cells.join('; ')}`);
  return after;
}

describe('what the client of partners does', () => {
  it('when the network is cut: notices within 4 s, and goes on by itself', async () => {
    const after = await goesOn('network cut', async () => {
      tcp.stall();
      for (const way of [udp.faults.up, udp.faults.down]) Object.assign(way, { loss: 1 });
      await waited(CUT_MS);
      for (const way of [udp.faults.up, udp.faults.down]) Object.assign(way, { loss: 0 });
      tcp.resume();
    });
    expect(after.noticed).toBeLessThan(4_500);
    expect(after.webrtc.longest).toBeLessThan(CUT_MS + 5_000);
    for (const way of WAYS) expect(after[way].refused).toEqual([]);
  });

  it('when its token is void: gets another one, and goes on', async () => {
    const after = await goesOn('token void', async () => {
      for (const disabled of [true, false])
        await installation.api.expect(200, 'PUT', '/v2/auth/clients/viewer', { disabled });
    });
    expect(after.rest.longest).toBeLessThan(3_000);
    for (const way of WAYS) expect(after[way].refused).toEqual([]);
  });

  it('when the engine is killed: goes on with the next one', async () => {
    const after = await goesOn('engine killed', async () => {
      await installation.engine.kill();
      // The engine that follows has another port.
      await call('goBy()');
      await installation.startEngine();
    });
    expect(after.states).toContain('playing');
    expect(after.webrtc.longest).toBeLessThan(15_000);
    expect([...after.rest.refused, ...after.webrtc.refused]).toEqual([]);
  });

  it('when its right is removed: ends, and says why', async () => {
    await call('mark()');
    await installation.api.expect(200, 'PUT', '/v2/auth/clients/viewer', { scopes: ['bookmarks:read'] });
    const all = async () => {
      const now = await outcome();
      return WAYS.every((way) => now[way].refused.includes(403)) && now;
    };
    const after = await eventually('the end of every way', all, { timeoutMs: GONE_MS + 10_000 });
    const cells = WAYS.map((way) => `${way} over after ${(after[way].refusedAt! / 1000).toFixed(1)} s (403)`);
    console.log(`right removed: ${cells.join('; ')}`);
    for (const way of WAYS) expect(after[way].refusedAt).toBeLessThan(GONE_MS);
    expect(after.states.at(-1)).toBe('refused');
  });
});
