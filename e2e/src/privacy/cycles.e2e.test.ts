import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, it } from 'vitest';
import { eventually, Installation, SyntheticCameras } from '../harness/index.ts';

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
/** Streams that come and go beside each other, and how often they do. */
const STREAMS = 4;
const ROUNDS = 50;
/** Descriptors of a program by which it may differ from one look to another: a request that is just being answered. */
const SLACK = 8;

let cameras: SyntheticCameras;
let installation: Installation;

beforeAll(async () => {
  if (!SOAK) return;
  [cameras, installation] = await Promise.all([SyntheticCameras.start({ count: 1 }), Installation.start()]);
}, 60_000);

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

/** What the installation has open and lying about. */
async function left() {
  const processes = await installation.processes();
  const open = await Promise.all(processes.map(async ({ pid }) => (await readdir(`/proc/${pid}/fd`)).length));
  const files = await readdir(`${installation.dataDir}/recordings`, { recursive: true }).catch(() => []);
  const { streams } = (await installation.api.expect(200, 'GET', '/api/streams')) as { streams: unknown[] };
  return {
    processes: processes.length,
    descriptors: open.reduce((sum, count) => sum + count, 0),
    footage: files.filter((name) => name.endsWith('.mp4')).length,
    streams: streams.length,
  };
}

async function comesAndGoes(id: string): Promise<void> {
  const { api } = installation;
  const privacy = { enabled: true, cover: ['full'] };
  await api.addStream({ id, source_url: cameras.urls[0]!, recording: { enabled: true }, privacy });
  const live = async () => (await api.stream(id)).status === 'active';
  await eventually(`${id} to be live`, live, { timeoutMs: 60_000 });
  await api.expect(204, 'DELETE', `/api/streams/${id}`);
}

it.runIf(SOAK)(
  `${ROUNDS * STREAMS} private streams that came and went leave no process, no descriptor and no file`,
  {
    timeout: 1_800_000,
  },
  async () => {
    const before = await left();
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(Array.from({ length: STREAMS }, (_, i) => comesAndGoes(`yard-${round}-${i}`)));
      const gone = async () => (await left()).footage === 0;
      await eventually('its footage to be gone', gone, { timeoutMs: 30_000 });
    }
    const after = await eventually(
      'everything to be as before',
      async () => {
        const now = await left();
        const same = now.processes === before.processes && now.streams === 0 && now.footage === 0;
        return same && now.descriptors <= before.descriptors + SLACK && now;
      },
      { timeoutMs: 30_000 },
    );
    console.log(
      `${ROUNDS * STREAMS} streams: ${JSON.stringify(before)} before, ${JSON.stringify(after)} after`,
    );
  },
);
