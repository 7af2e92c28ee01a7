import { readClockBar } from '@nightjar/media/testing';
import { Browser, type Installation, type Watching, watchByWhep } from '../../harness/index.ts';
import { Decoding, HEIGHT, Tally, WIDTH } from './clock-in-picture.ts';

/** Milliseconds between two tries of a way that gives nothing now, and without a picture after which one is over. */
const AGAIN = 300;
const SILENT = 4_000;

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Somebody who looks at one stream, by every live way at once, and comes back whenever a way ends. */
export class Watchers implements AsyncDisposable {
  readonly tallies: Readonly<Record<string, Tally>>;
  readonly #installation: Installation;
  readonly #token: string;
  readonly #browser: Browser;
  readonly #open = new Set<Decoding>();
  readonly #loops: Promise<void>[];
  #over = false;

  private constructor(installation: Installation, token: string, browser: Browser) {
    this.#installation = installation;
    this.#token = token;
    this.#browser = browser;
    const decoded = this.#inputs();
    const names = [...Object.keys(decoded), 'WebRTC', 'stills'];
    this.tallies = Object.fromEntries(names.map((name) => [name, new Tally()]));
    this.#loops = [
      ...Object.entries(decoded).map(([name, input]) => this.#again(() => this.#decode(name, input()))),
      this.#again(() => this.#overWebRtc()),
      this.#again(() => this.#still()),
    ];
  }

  static async start(installation: Installation, token: string): Promise<Watchers> {
    const browser = await Browser.start();
    await browser.page.addInitScript({ content: `globalThis.readClockBar = ${readClockBar.toString()};` });
    await browser.page.goto(`${installation.api.base}/health`);
    return new Watchers(installation, token, browser);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#open].map((each) => each.close()));
    await this.#browser[Symbol.asyncDispose]();
    await Promise.all(this.#loops);
  }

  /** Addresses anew each time: another server has other ports. */
  #inputs(): Record<string, () => string[]> {
    const http = (path: string): string[] => [
      ...['-headers', `Authorization: Bearer ${this.#token}\r\n`],
      ...['-i', `${this.#installation.api.base}/live/yard/${path}`],
    ];
    const { ports } = this.#installation;
    return {
      RTSP: () => ['-rtsp_transport', 'tcp', '-i', `rtsp://x:${this.#token}@127.0.0.1:${ports.rtsp}/yard`],
      HLS: () => http('index.m3u8'),
      MJPEG: () => ['-f', 'mpjpeg', ...http('mjpeg')],
      fMP4: () => http('stream.mp4'),
    };
  }

  async #again(look: () => Promise<void>): Promise<void> {
    while (!this.#over) {
      await look();
      if (!this.#over) await rest(AGAIN);
    }
  }

  async #decode(name: string, input: string[]): Promise<void> {
    const tally = this.tallies[name]!;
    const decoding = new Decoding(input, tally);
    this.#open.add(decoding);
    // A player that waits where nothing comes any more is another player's turn.
    let seen = tally.all;
    const watch = setInterval(() => {
      if (tally.all === seen) void decoding.close();
      seen = tally.all;
    }, 2 * SILENT);
    await decoding.ended;
    clearInterval(watch);
    this.#open.delete(decoding);
  }

  async #still(): Promise<void> {
    const headers = { authorization: `Bearer ${this.#token}` };
    for (const path of ['snapshot.jpg', 'snapshot.jpg?exact=1']) {
      const url = `${this.#installation.api.base}/live/yard/${path}`;
      const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) }).catch(
        () => undefined,
      );
      const bytes = response && new Uint8Array(await response.arrayBuffer());
      if (!bytes || response.status !== 200 || this.#over) continue;
      await new Decoding(['-f', 'mjpeg', '-i', 'pipe:0'], this.tallies['stills']!, bytes).ended;
    }
    await rest(SILENT / 4);
  }

  async #overWebRtc(): Promise<void> {
    const { page } = this.#browser;
    const tally = this.tallies['WebRTC']!;
    try {
      const request = { path: '/whep/yard', token: this.#token };
      const { index } = (await page.evaluate(watchByWhep as never, request as never)) as Watching;
      for (let silent = false; !silent && !this.#over; ) {
        const { all, clear } = (await page.evaluate(watched(index))) as { all: number; clear: number };
        for (let i = 0; i < all; i++) tally.see(i < clear);
        silent = all === 0;
      }
      await page.evaluate(`viewers[${index}].peer.close()`);
    } catch {
      // There is nothing to watch now, or the browser is gone with the test: it is tried again, or over.
    }
  }
}

/** Runs in the page: looks at what comes to the screen for a second, or until none has come for some. */
const watched = (index: number): string => `(async () => {
  const { video } = viewers[${index}];
  const canvas = new OffscreenCanvas(${WIDTH}, ${HEIGHT});
  const context = canvas.getContext('2d', { willReadFrequently: true });
  let [all, clear] = [0, 0];
  const until = performance.now() + 1000;
  while (performance.now() < until) {
    const came = new Promise((resolve) => video.requestVideoFrameCallback(() => resolve(true)));
    const late = new Promise((resolve) => setTimeout(() => resolve(false), ${SILENT}));
    if (!(await Promise.race([came, late]))) break;
    context.drawImage(video, 0, 0, ${WIDTH}, ${HEIGHT});
    all++;
    if (readClockBar(context.getImageData(0, 0, ${WIDTH}, ${HEIGHT})) !== undefined) clear++;
  }
  return { all, clear };
})()`;
