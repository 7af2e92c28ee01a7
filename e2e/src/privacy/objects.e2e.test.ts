import { spawn } from 'node:child_process';
import { ManagerEvent } from '@nightjar/contract/manager';
import { finderModel, readClockBar } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Installation, OneCamera, outputOf } from '../harness/index.ts';

const SOAK = process.env['NIGHTJAR_SOAK'] === '1';
/** Times the detector process is killed, and times it is frozen. */
const [KILLS, FREEZES] = SOAK ? [20, 20] : [1, 1];
const [WIDTH, HEIGHT] = [640, 360];
const SIZE = WIDTH * HEIGHT;
const GREY = ['-vf', `scale=${WIDTH}:${HEIGHT}:flags=area,format=gray`, '-f', 'rawvideo', 'pipe:1'];
const CAT = { classes: ['cat'], threshold: 0.25 };

let one: OneCamera;
let installation: Installation;
/** Of somebody who may watch and may not see originals. */
let eye: string;

beforeAll(async () => {
  one = await OneCamera.start();
  installation = one.installation;
  eye = await one.tokenWith(['streams:read', 'events:read']);
}, 60_000);

afterAll(() => one?.[Symbol.asyncDispose]());

const live = () => one.live(30_000);
const rtsp = (token: string) => `rtsp://x:${token}@127.0.0.1:${installation.ports.rtsp}/yard`;

/** How a picture looks to whoever may not see the cat. */
interface Look {
  /** The coat is brighter than all else on the lawn. */
  bare: boolean;
  /** Whether the clock can be read: not all is covered. */
  partly: boolean;
}

function lookAt(grey: Buffer): Look {
  let bright = 0;
  for (let y = 256; y < 304; y++) for (let x = 0; x < WIDTH; x++) if (grey[y * WIDTH + x]! > 125) bright++;
  return {
    bare: bright > 40,
    partly: readClockBar({ data: grey, width: WIDTH, height: HEIGHT }) !== undefined,
  };
}

/** Looks at every picture until it is ended. */
class Player implements AsyncDisposable {
  readonly looks: Look[] = [];
  readonly ended: Promise<void>;
  readonly #child;
  #rest: Buffer = Buffer.alloc(0);

  constructor(token: string) {
    const input = ['-nostdin', '-v', 'quiet', '-rtsp_transport', 'tcp', '-i', rtsp(token), '-an'];
    this.#child = spawn('ffmpeg', [...input, ...GREY]);
    this.#child.stdout.on('data', (bytes: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      for (; this.#rest.length >= SIZE; this.#rest = this.#rest.subarray(SIZE))
        this.looks.push(lookAt(this.#rest.subarray(0, SIZE)));
    });
    this.ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  count(kind: keyof Look): number {
    return this.looks.filter((look) => look[kind]).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** Every event of networks that is told by the socket. */
class Events implements Disposable {
  readonly heard: { type: string; objects?: unknown[] }[] = [];
  readonly #socket: WebSocket;

  constructor() {
    const url = new URL('/api/events', installation.api.base);
    url.protocol = 'ws:';
    url.search = `types=detection.*&token=${eye}`;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener('message', ({ data }) => this.heard.push(JSON.parse(String(data))));
  }

  first(type: string, timeoutMs: number) {
    return eventually(type, async () => this.heard.find((event) => event.type === type), { timeoutMs });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

const upload = async (query: string, body: Uint8Array<ArrayBuffer>) => {
  const response = await fetch(new URL(`/api/v1/models?${query}`, installation.api.base), {
    method: 'POST',
    headers: { authorization: `Bearer ${installation.token}`, 'content-type': 'application/octet-stream' },
    body,
  });
  return { status: response.status, body: (await response.json()) as { state?: string; message?: string } };
};
const model = () =>
  Uint8Array.from(finderModel({ size: 320, layout: 'yolov8', classes: 2, rows: [0.6, 0.85] }));
const set = (settings: object) => installation.api.expect(200, 'PUT', '/api/streams/yard', settings);

describe('a model', () => {
  it('that cannot be used is refused with the reason, and nothing is kept of it', async () => {
    const cases: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
      ['layout=yolov8&classes=cat,dog&width=320', new TextEncoder().encode('no network'), /cannot be used/],
      ['layout=yolov5&classes=cat,dog&width=320', model(), /not yolov5/],
      ['layout=yolov8&classes=cat&width=320', model(), /2|6|classes/],
      ['layout=yolov8&classes=cat,dog&width=640', model(), /640/],
    ];
    for (const [query, bytes, words] of cases) {
      const { status, body } = await upload(`name=finder&${query}`, bytes);
      expect([status, body.message]).toEqual([400, expect.stringMatching(words)]);
      expect(JSON.stringify(body)).not.toContain(installation.dataDir);
    }
    expect(await installation.api.expect(200, 'GET', '/api/v1/models')).toMatchObject({ total: 0 });
  });

  it('that fits is installed, and a stream is looked at by it', async () => {
    await set({ inference: { enabled: true, ...CAT } });
    expect((await installation.api.stream('yard')).inference.state).toBe('no_model');
    const { status, body } = await upload('name=finder&layout=yolov8&classes=cat,dog&width=320', model());
    expect([status, body.state]).toEqual([201, 'ready']);
    expect((await installation.api.stream('yard')).inference.state).toBe('on');
  });

  it('makes events of what it sees: a beginning, boxes while it lasts, an end', {
    timeout: 90_000,
  }, async () => {
    using events = new Events();
    const boxes = () => events.heard.find(({ objects }) => (objects?.length ?? 0) > 0);
    const started = ManagerEvent.parse(await events.first('detection.started', 40_000));
    expect(started).toMatchObject({ stream_id: 'yard', class: 'cat' });
    const { box, score } = started as Extract<ManagerEvent, { type: 'detection.started' }>;
    // It walks over the lawn, in the lower half.
    expect(box[1]).toBeGreaterThan(0.6);
    expect(box[3]).toBeLessThan(0.9);
    expect(score).toBeCloseTo(0.9, 1);
    await eventually('boxes', async () => boxes(), { timeoutMs: 20_000 });
    await set({ inference: { enabled: false } });
    await events.first('detection.ended', 20_000);
  });
});

describe('objects in a stream whose privacy is on', () => {
  const [pictures, seconds] = SOAK ? [800, 400] : [60, 60];

  it('are covered, and what is beside them is not', { timeout: 500_000 }, async () => {
    await using clear = new Player(installation.token);
    await eventually('the cat', async () => clear.count('bare') > 20, { timeoutMs: 60_000 });
    await set({ privacy: { enabled: true, cover: ['objects'], style: 'solid', max_fps: 10, ...CAT } });
    await live();
    await using player = new Player(eye);
    const enough = async () => player.count('partly') > pictures;
    await eventually('partly covered pictures', enough, { timeoutMs: seconds * 1000 });
    console.log(
      `${player.looks.length} pictures, ${player.count('partly')} partly covered, ${player.count('bare')} bare`,
    );
    expect(player.count('bare')).toBe(0);
  });

  it(`are covered over ${KILLS} kills and ${FREEZES} freezes of the detector process`, {
    timeout: SOAK ? 1_800_000 : 120_000,
  }, async () => {
    let [all, bare] = [0, 0];
    for (const signal of [
      ...Array<'SIGKILL'>(KILLS).fill('SIGKILL'),
      ...Array<'SIGSTOP'>(FREEZES).fill('SIGSTOP'),
    ]) {
      await live();
      await using player = new Player(eye);
      await eventually('partly covered pictures', async () => player.count('partly') > 5, {
        timeoutMs: 60_000,
      });
      const before = await detector();
      process.kill(before, signal);
      await eventually('another detector', async () => (await detectors()).some((pid) => pid !== before), {
        timeoutMs: 60_000,
      });
      const partly = player.count('partly');
      await eventually('partly covered pictures again', async () => player.count('partly') > partly + 5, {
        timeoutMs: 60_000,
      });
      all += player.looks.length;
      bare += player.count('bare');
    }
    console.log(`detector: ${KILLS} kills, ${FREEZES} freezes: ${all} pictures, ${bare} with a bare cat`);
    expect(bare).toBe(0);
  });

  it('are covered with everything else when the model is gone', { timeout: 60_000 }, async () => {
    await using player = new Player(eye);
    await eventually('pictures', async () => player.looks.length > 5, { timeoutMs: 30_000 });
    await installation.api.expect(204, 'DELETE', '/api/v1/models/finder');
    await live();
    const args = ['-nostdin', '-v', 'error', '-rtsp_transport', 'tcp', '-i', rtsp(eye), '-an', '-t', '2'];
    const raw = Buffer.from(await outputOf('ffmpeg', [...args, ...GREY]));
    const looks = Array.from({ length: raw.length / SIZE }, (_, i) =>
      lookAt(raw.subarray(i * SIZE, (i + 1) * SIZE)),
    );
    expect(looks.length).toBeGreaterThan(3);
    expect(looks.filter(({ partly }) => partly)).toEqual([]);
    expect(player.count('bare')).toBe(0);
  });
});

async function detectors(): Promise<number[]> {
  const processes = await installation.processes();
  return processes.filter(({ command }) => /\/detector-[^/]*\.js/.test(command)).map(({ pid }) => pid);
}

async function detector(): Promise<number> {
  const [pid, ...others] = await detectors();
  expect(others).toEqual([]);
  expect(pid).toBeDefined();
  return pid!;
}
