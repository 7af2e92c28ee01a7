import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SyntheticCameras, startSyntheticCameras } from '@nightjar/media/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, footageFolder, Installation, outputOf, REPOSITORY } from '../harness/index.ts';
import { Decoding, Tally } from './scan/clock-in-picture.ts';
import { Watchers } from './scan/watchers.ts';

// Minutes long, and it wants the machine for itself: `NIGHTJAR_SOAK=1`, as `npm run soak` has it.
const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
/** How often the pixel process is killed, frozen and starved, and how often all the rest is done. */
const [KILLS, FREEZES, HUNGER, OTHERS] = [20, 20, 4, 4];
/** Milliseconds until pictures come: who broke the pixel process again and again is left alone for half a minute. */
const PATIENCE = 150_000;
/** Milliseconds in which turning privacy on reaches everybody. */
const REACHES = 5_000;
const STARVED = 6_000;
// Originals are recorded meanwhile: of them nothing may show either.
const COVERED = { enabled: true, cover: ['full'], max_fps: 10, record: 'both' };

let cameras: SyntheticCameras;
let installation: Installation;
let folder: string;
/** Of somebody who may do all but see originals. */
let eye: string;
let small: string;
/** Begin and end of times in which privacy was off, UTC milliseconds. */
const open: { from: number; to: number }[] = [];
/** When something was done, for bookmarks of it. */
const troubles: number[] = [];

beforeAll(async () => {
  if (!SOAK) return;
  folder = await mkdtemp(join(tmpdir(), 'nightjar-e2e-scan-'));
  small = await smallerYard();
  cameras = await startSyntheticCameras({
    cameras: [{ path: 'yard', clip: 'yard', phase: 0 }],
    onError: (error) => console.error(error),
  });
  installation = await Installation.start();
  const scopes = ['streams:read', 'recordings:read', 'snapshots:read', 'bookmarks:read'];
  const made = await installation.api.expect(201, 'POST', '/api/v1/api-tokens', {
    ...{ name: 'eye', scopes: [...scopes, 'snapshots:write', 'bookmarks:write'] },
  });
  eye = (made as { token: string }).token;
  const recording = { enabled: true, segment_duration: 20 };
  const stream = { id: 'yard', source_url: cameras.url('yard'), recording, privacy: COVERED };
  await installation.api.addStream(stream);
}, 60_000);

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The first seconds of the clip in another size. */
async function smallerYard(): Promise<string> {
  const path = join(folder, 'small.h264');
  const keys = 'aud=1:repeat-headers=1:scenecut=0:keyint=50:min-keyint=50:open-gop=0:force-cfr=1';
  await outputOf('ffmpeg', [
    ...['-v', 'error', '-y', '-r', '25', '-i', join(REPOSITORY, 'media/testdata/yard.h264'), '-t', '10'],
    ...['-vf', 'scale=960:540', '-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-crf', '22'],
    ...['-x264-params', keys, '-f', 'h264', path],
  ]);
  await outputOf('cp', [join(REPOSITORY, 'media/testdata/yard.aac'), join(folder, 'small.aac')]);
  return path;
}

async function pixelProcesses(): Promise<number[]> {
  const processes = await installation.processes();
  return processes.filter(({ command }) => /\/vision\b[^/]*\.js/.test(command)).map(({ pid }) => pid);
}

async function signal(name: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
  for (const pid of await pixelProcesses()) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // It was just being replaced.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The pixel process comes last, beside programs that take all there is. */
async function starve(): Promise<void> {
  for (const pid of await pixelProcesses()) setPriority(pid, 19);
  const greedy = Array.from({ length: 4 }, (): ChildProcess => spawn(process.execPath, ['-e', 'for (;;);']));
  await new Promise((resolve) => setTimeout(resolve, STARVED));
  for (const each of greedy) each.kill('SIGKILL');
}

const set = (privacy: object) => installation.api.expect(200, 'PUT', '/api/streams/yard', { privacy });

async function flip(watchers: Watchers): Promise<void> {
  const from = Date.now();
  await set({ enabled: false });
  const { RTSP } = watchers.tallies;
  const before = RTSP!.clear.length;
  // The watermark is found: what finds none in covered pictures is no blind eye.
  await eventually('clear pictures', async () => RTSP!.clear.length > before + 5, { timeoutMs: 60_000 });
  await set(COVERED);
  open.push({ from, to: Date.now() + REACHES });
}

async function restart(): Promise<void> {
  await installation.engine.kill();
  await installation.engine.exited;
  await installation.startEngine();
}

/** Does something, and waits until every way shows pictures again. */
async function over(watchers: Watchers, trouble: () => Promise<unknown>): Promise<void> {
  const ways = Object.entries(watchers.tallies);
  troubles.push(Date.now());
  await trouble();
  const before = new Map(ways.map(([name, { all }]) => [name, all]));
  for (const [name, tally] of ways) {
    const enough = name === 'stills' ? 1 : 5;
    const again = async () => tally.all >= before.get(name)! + enough;
    await eventually(`pictures by ${name}`, again, { timeoutMs: PATIENCE });
  }
}

const whileOpen = (at: number): boolean => open.some(({ from, to }) => at >= from && at <= to);
const leaks = ({ clear }: Tally): number => clear.filter((at) => !whileOpen(at)).length;

async function get(path: string): Promise<{ status: number; bytes: Uint8Array }> {
  const headers = { authorization: `Bearer ${eye}` };
  const response = await fetch(new URL(path, installation.api.base), { headers });
  return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
}

async function look(tally: Tally, path: string): Promise<void> {
  const { status, bytes } = await get(path);
  if (status === 200) await new Decoding(['-i', 'pipe:0'], tally, bytes).ended;
}

/** Made for who may not see originals; resolves when it is there, or was refused. */
async function make(
  path: string,
  body: object,
  done: (answer: object) => boolean,
  at: (id: string) => string,
) {
  const headers = { authorization: `Bearer ${eye}` };
  const { status, body: made } = await installation.api.request('POST', path, body, headers);
  if (status >= 300) return undefined;
  const { id } = made as { id: string };
  const ready = async () => {
    const { body: now } = await installation.api.request('GET', at(id), undefined, headers);
    return done(now as object);
  };
  await eventually(path, ready, { timeoutMs: 60_000 });
  return id;
}

const over_ = ({ status, state }: { status?: string; state?: string }): boolean =>
  ['ready', 'failed', 'completed'].includes(status ?? state ?? '');

/** Everything that was kept, looked at picture by picture. */
async function kept(began: number): Promise<Record<string, Tally>> {
  const tallies = Object.fromEntries(
    ['recordings', 'clips', 'thumbnails', 'snapshots', 'exports'].map((name) => [name, new Tally()]),
  ) as Record<'recordings' | 'clips' | 'thumbnails' | 'snapshots' | 'exports', Tally>;
  for (const filename of await readdir(footageFolder(installation.dataDir, 'yard')))
    await look(tallies.recordings, `/live/yard/footage/${filename}`);
  for (const at of troubles) {
    const window = { before_seconds: 2, after_seconds: 2, label: 'trouble', created_by: 'eye' };
    const body = { source: 'historical', center_timestamp: new Date(at).toISOString(), ...window };
    const id = await make('/v2/streams/yard/bookmarks', body, over_, (made) => `/v2/bookmarks/${made}`);
    if (id === undefined) continue;
    await look(tallies.clips, `/v2/bookmarks/${id}/video`);
    await look(tallies.thumbnails, `/v2/bookmarks/${id}/thumbnail`);
  }
  for (const source of ['live', 'historical']) {
    const when = source === 'live' ? {} : { timestamp: new Date(Date.now() - 4_000).toISOString() };
    const body = { source, created_by: 'eye', ...when };
    const id = await make(
      '/v2/streams/yard/snapshots',
      body,
      () => true,
      (made) => `/v2/snapshots/${made}`,
    );
    if (id !== undefined) await look(tallies.snapshots, `/v2/snapshots/${id}/image`);
  }
  for (const [start, end] of covered(began)) {
    const range = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
    const body = { streams: ['yard'], ...range };
    const id = await make('/api/exports', body, over_, (made) => `/api/jobs/${made}`);
    if (id !== undefined) await look(tallies.exports, `/api/exports/${id}/file`);
  }
  return tallies;
}

/** Times between those in which privacy was off. */
function covered(began: number): [number, number][] {
  const edges = [began, ...open.flatMap(({ from, to }) => [from, to]), Date.now()];
  return Array.from({ length: edges.length / 2 }, (_, i) => [edges[2 * i]!, edges[2 * i + 1]!]);
}

it.runIf(SOAK)(
  `no way out shows a clear picture over ${KILLS} kills, ${FREEZES} freezes, ${HUNGER} times of hunger and other options, ${OTHERS} other sizes, flips and restarts`,
  {
    timeout: 3_600_000,
  },
  async () => {
    const began = Date.now();
    await using watchers = await Watchers.start(installation, eye);
    await over(watchers, async () => undefined);
    for (let i = 0; i < KILLS; i++) await over(watchers, () => signal('SIGKILL'));
    for (let i = 0; i < FREEZES; i++) await over(watchers, () => signal('SIGSTOP'));
    for (let i = 0; i < HUNGER; i++) {
      await over(watchers, starve);
      await over(watchers, () =>
        set({ ...COVERED, style: i % 2 ? 'blur' : 'pixelate', downscale: i % 2 ? 1 : 0.5 }),
      );
    }
    for (let i = 0; i < OTHERS; i++) {
      await over(watchers, () => cameras.changeFormat('yard', i % 2 ? 'yard' : small));
      await over(watchers, () => flip(watchers));
      await over(watchers, restart);
    }
    const tallies = { ...watchers.tallies, ...(await kept(began)) };
    const rows = Object.entries(tallies).map(([way, tally]) => ({
      way,
      seen: tally.all,
      leaks: leaks(tally),
    }));
    console.log(
      rows.map(({ way, seen, leaks: bare }) => `${way}: ${seen} pictures, ${bare} clear`).join('\n'),
    );
    expect(rows.filter(({ seen, leaks: bare }) => seen === 0 || bare > 0)).toEqual([]);
  },
);
