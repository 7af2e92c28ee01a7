import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { systemClock } from '@nightjar/media/stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Publishers } from '../sources/index.ts';
import {
  audioTrack,
  desiredState,
  desiredStream,
  Publisher,
  StreamsRig,
  videoTrack,
} from '../testing/index.ts';
import { Viewers } from '../viewers/index.ts';
import { PeerPortError, WebRtcWorkers } from './index.ts';

const OFFER = readFileSync(
  new URL('../../../media/testdata/webrtc/chromium-156.sdp', import.meta.url),
  'utf8',
);

let rig: StreamsRig;
let source: Publisher;
let viewers: Viewers;

beforeEach(async () => {
  rig = new StreamsRig();
  rig.registry.apply(desiredState([desiredStream('cam')]));
  await rig.registry.settled();
  viewers = new Viewers({
    ...{ clock: rig.clock, log: rig.log, allowed: async () => true },
    fact: (fact) => void rig.facts.push(fact),
  });
  const { stream, onReady } = rig.camera.run.options;
  const tracks = [videoTrack(), audioTrack()];
  source = new Publisher({ stream, clock: rig.clock, pool: rig.pool, tracks });
  onReady();
  rig.camera.run.live();
  source.play(1.5);
});

afterEach(async () => {
  viewers.close();
  source.close();
  await rig.registry.close();
});

const crew = (workers: number, port = 0): WebRtcWorkers =>
  new WebRtcWorkers({
    ...{ workers, settings: { port, host: '127.0.0.1', announced: [] }, clock: systemClock, log: rig.log },
    ...{ viewers, publishers: new Publishers(), told: (fact) => void rig.facts.push(fact) },
  });

async function join(all: WebRtcWorkers): Promise<{ id: string; port: number }> {
  const worker = all.of(undefined);
  await worker.awake();
  const request = { stream: rig.registry.get('cam')!, streamId: 'cam', who: 'person:1', proof: undefined };
  const { session, result } = await worker.peers.whep(
    { ...request, address: '127.0.0.1', unblurred: true },
    { offer: OFFER, playoutDelay: undefined },
  );
  const port = Number(/ udp \d+ 127\.0\.0\.1 (\d+) typ host/.exec(result.answer)?.[1]);
  return { id: session.id, port };
}

it('newcomers go to the worker with fewest, each worker has its port, and sessions are found again', async () => {
  const all = crew(2);
  await all.start();
  try {
    const [first, second] = all.ports;
    const joined = [await join(all), await join(all), await join(all), await join(all)];
    expect(joined.map(({ port }) => port)).toEqual([first, second, first, second]);
    for (const { id, port } of joined) expect(all.of(id).port).toBe(port);
    const listed = all.list('cam').map(({ id }) => id);
    expect(listed.sort()).toEqual(joined.map(({ id }) => id).sort());
    const [leaver] = joined;
    all.of(leaver!.id).peers.end(all.of(leaver!.id).peers.session(leaver!.id)!);
    expect((await join(all)).port).toBe(first);
    expect(viewers.count('cam')).toBe(4);
  } finally {
    await all.close();
  }
});

it('cannot start when one of its ports is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(crew(2, port - 1).start()).rejects.toThrow(PeerPortError);
  await new Promise((resolve) => other.close(resolve));
});
