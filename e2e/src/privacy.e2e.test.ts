import { spawn } from 'node:child_process';
import { readClockBar } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Installation, OneCamera, outputOf } from './harness/index.ts';

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
/** Times the pixel process is killed, and times it is frozen. */
const [KILLS, FREEZES] = SOAK ? [20, 20] : [1, 1];
/** Milliseconds until pictures come: who broke the pixel process again and again is left alone for half a minute. */
const PATIENCE = SOAK ? 120_000 : 40_000;
const [WIDTH, HEIGHT] = [1280, 720];
const SIZE = WIDTH * HEIGHT;
const GREY = ['-vf', `scale=${WIDTH}:${HEIGHT},format=gray`, '-f', 'rawvideo', 'pipe:1'];

let one: OneCamera;
let installation: Installation;
/** Of somebody who may watch live and recorded, and may not see originals. */
let eye: string;
let began: number;

beforeAll(async () => {
  one = await OneCamera.start({ recording: { enabled: true } });
  installation = one.installation;
  eye = await one.tokenWith(['streams:read', 'recordings:read', 'snapshots:read', 'bookmarks:read']);
  began = Date.now();
}, 60_000);

afterAll(() => one?.[Symbol.asyncDispose]());

// Who breaks the pixel process again and again is left alone for half a minute.
const live = () => one.live(SOAK ? 90_000 : 20_000);
const privacy = (enabled: boolean, more: object = {}) =>
  installation.api.expect(200, 'PUT', '/api/streams/yard', { privacy: { enabled, ...more } });
const rtsp = (token: string) => `rtsp://x:${token}@127.0.0.1:${installation.ports.rtsp}/yard`;
const http = (path: string) => `${installation.api.base}/live/yard/${path}`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const iso = (ms: number) => new Date(ms).toISOString();

const frames = (raw: Buffer): Buffer[] =>
  Array.from({ length: Math.floor(raw.length / SIZE) }, (_, i) => raw.subarray(i * SIZE, (i + 1) * SIZE));
const isClear = (data: Buffer): boolean => readClockBar({ data, width: WIDTH, height: HEIGHT }) !== undefined;

/** How many pictures a player decodes, and how many of them are clear. */
async function seen(input: readonly string[], seconds = 1): Promise<{ all: number; clear: number }> {
  const args = ['-nostdin', '-v', 'error', ...input, '-an', '-t', String(seconds), ...GREY];
  const pictures = frames(Buffer.from(await outputOf('ffmpeg', args)));
  return { all: pictures.length, clear: pictures.filter(isClear).length };
}

const overRtsp = (token: string) => ['-rtsp_transport', 'tcp', '-i', rtsp(token)];
const overHttp = (path: string, token: string) => [
  '-headers',
  `Authorization: Bearer ${token}\r\n`,
  '-i',
  http(path),
];
const still = async (path: string, token: string) => {
  const response = await fetch(http(path), { headers: bearer(token) });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
};

async function stillIsClear(jpeg: Buffer): Promise<boolean> {
  const child = spawn('ffmpeg', ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', ...GREY]);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(jpeg);
  await new Promise((resolve) => child.once('close', resolve));
  const [picture] = frames(Buffer.concat(chunks));
  expect(picture).toBeDefined();
  return isClear(picture!);
}

/** A player that goes on until it is ended, and counts what it sees. */
class Player {
  all = 0;
  clear = 0;
  readonly ended: Promise<void>;
  readonly #child;
  #rest: Buffer = Buffer.alloc(0);

  constructor(token: string) {
    this.#child = spawn('ffmpeg', ['-nostdin', '-v', 'quiet', ...overRtsp(token), '-an', ...GREY]);
    this.#child.stdout.on('data', (bytes: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      for (; this.#rest.length >= SIZE; this.#rest = this.#rest.subarray(SIZE)) {
        this.all++;
        if (isClear(this.#rest.subarray(0, SIZE))) this.clear++;
      }
    });
    this.ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** A player that sees pictures. One that is sent away before it does is followed by another, and told to `ended`. */
async function playing(ended: (player: Player) => void): Promise<Player> {
  for (;;) {
    await live();
    const player = new Player(eye);
    let over = false;
    void player.ended.then(() => {
      over = true;
    });
    await eventually('pictures', async () => player.all > 3 || over, { timeoutMs: PATIENCE });
    if (player.all > 3) return player;
    ended(player);
  }
}

describe('privacy turned on while somebody watches', () => {
  it('sends away who watches within 5 s, and shows covered pictures alone from then on', async () => {
    expect((await seen(overRtsp(eye))).clear).toBeGreaterThan(15);
    await using watching = new Player(eye);
    await eventually('clear pictures', async () => watching.clear > 5, { timeoutMs: 10_000 });
    const playlist = await fetch(http('index.m3u8'), { headers: bearer(eye) });
    expect(playlist.status).toBe(200);
    const ticket = (await installation.api.expect(201, 'POST', '/live/yard/ticket')) as { ticket: string };
    expect(ticket.ticket).not.toBe('');
    // Footage of before, of which a later test asks for the first second.
    const recorded = async () => (await installation.api.recordings('yard'))[0]?.duration ?? 0;
    const enough = async () => Date.now() > began + 1_500 && (await recorded()) > 1.5;
    await eventually('clear footage', enough, { timeoutMs: 20_000 });
    const turned = performance.now();
    await privacy(true);
    await watching.ended;
    expect(performance.now() - turned).toBeLessThan(5_000);
    await live();
  });

  it('shows no clear picture over RTSP, HLS, endless fMP4, FLV and motion JPEG', async () => {
    const ways = {
      rtsp: overRtsp(eye),
      mp4: overHttp('stream.mp4', eye),
      flv: overHttp('stream.flv', eye),
      hls: overHttp('index.m3u8', eye),
      mjpeg: ['-f', 'mpjpeg', ...overHttp('mjpeg', eye)],
    };
    const looks = Object.entries(ways).map(async ([way, input]) => ({ way, ...(await seen(input, 2)) }));
    for (const { way, all, clear } of await Promise.all(looks)) {
      expect({ way, enough: all > 3, clear }).toEqual({ way, enough: true, clear: 0 });
    }
  });

  it('gives stills that are covered, and the original to who may see it', async () => {
    for (const path of ['snapshot.jpg', 'snapshot.jpg?exact=1']) {
      const { status, bytes } = await still(path, eye);
      expect(status).toBe(200);
      expect(await stillIsClear(bytes)).toBe(false);
    }
    expect(await stillIsClear((await still('snapshot.jpg', installation.token)).bytes)).toBe(true);
    const { all, clear } = await seen(overRtsp(installation.token));
    expect(clear).toBe(all);
  });

  it('gives clear footage of before to nobody who may not see it, and covered footage of after to everybody', async () => {
    const window = `start=${iso(began)}&end=${iso(began + 1_000)}`;
    const refused = [`play.mp4?${window}`, `playback.m3u8?${window}`, `still.jpg?time=${iso(began + 500)}`];
    for (const path of refused) expect((await still(path, eye)).status).toBe(404);
    for (const path of refused) expect((await still(path, installation.token)).status).toBe(200);
    const [first] = await installation.api.recordings('yard');
    const files = (await installation.api.recordings('yard')).map(({ filename }) => filename);
    expect(first).toBeDefined();
    const statuses = await Promise.all(
      files.map(async (name) => (await still(`footage/${name}`, eye)).status),
    );
    expect(statuses).toContain(404);
    const from = Date.now() - 2_500;
    const { bytes } = await eventually(
      'covered footage',
      async () => {
        const answer = await still(`still.jpg?time=${iso(from)}`, eye);
        return answer.status === 200 && answer;
      },
      { timeoutMs: 10_000 },
    );
    expect(await stillIsClear(bytes)).toBe(false);
    const movie = `play.mp4?start=${iso(from)}&end=${iso(from + 1_000)}`;
    const played = await seen(overHttp(movie, eye));
    expect(played.all).toBeGreaterThan(5);
    expect(played.clear).toBe(0);
  });

  it(
    `shows no clear picture over ${KILLS} kills and ${FREEZES} freezes of the pixel process, other options and a restart`,
    async () => {
      let [all, clear] = [0, 0];
      const watch = async (trouble: () => Promise<unknown>): Promise<void> => {
        await using player = await playing((ended) => {
          clear += ended.clear;
        });
        await trouble();
        const before = player.all;
        await Promise.race([
          player.ended,
          eventually('pictures again', async () => player.all > before + 3, { timeoutMs: PATIENCE }),
        ]);
        all += player.all;
        clear += player.clear;
      };
      for (let i = 0; i < KILLS; i++) await watch(() => signal('SIGKILL'));
      for (let i = 0; i < FREEZES; i++) await watch(() => signal('SIGSTOP'));
      await watch(() => privacy(true, { style: 'pixelate', downscale: 0.5 }));
      await watch(async () => {
        await installation.engine.kill();
        await installation.engine.exited;
        await installation.startEngine();
      });
      await live();
      const after = await seen(overRtsp(eye));
      console.log(`${all + after.all} pictures seen, ${clear + after.clear} clear`);
      expect(clear + after.clear).toBe(0);
    },
    SOAK ? 1_800_000 : 120_000,
  );
});

/** To the pixel process. */
async function signal(name: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
  const processes = await installation.processes();
  for (const { pid, command } of processes) if (/\/vision\b[^/]*\.js/.test(command)) process.kill(pid, name);
}
