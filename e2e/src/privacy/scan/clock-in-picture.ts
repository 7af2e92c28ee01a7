import { spawn } from 'node:child_process';
import { readClockBar } from '@nightjar/media/testing';

/** Pictures are looked at in this size: the clock of a clear one can be read in it. */
export const [WIDTH, HEIGHT] = [640, 360];
const SIZE = WIDTH * HEIGHT;
const GREY = ['-an', '-vf', `scale=${WIDTH}:${HEIGHT}:flags=area,format=gray`, '-f', 'rawvideo', 'pipe:1'];

/** What was seen one way. */
export class Tally {
  all = 0;
  /** UTC milliseconds at which clear pictures were seen. */
  readonly clear: number[] = [];

  see(clear: boolean): void {
    this.all++;
    if (clear) this.clear.push(Date.now());
  }
}

/** One `ffmpeg` that decodes something to its end; each picture is looked at for the clock of a clear one. */
export class Decoding {
  readonly ended: Promise<void>;
  readonly #child;
  #rest: Buffer = Buffer.alloc(0);

  constructor(input: readonly string[], tally: Tally, bytes?: Uint8Array) {
    const child = spawn('ffmpeg', ['-nostdin', '-v', 'quiet', ...input, ...GREY], {
      stdio: [bytes ? 'pipe' : 'ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(bytes);
    child.stdout!.on('data', (chunk: Buffer) => this.#take(chunk, tally));
    this.ended = new Promise((resolve) => child.once('close', () => resolve()));
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #take(chunk: Buffer, tally: Tally): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (; this.#rest.length >= SIZE; this.#rest = this.#rest.subarray(SIZE)) {
      const data = this.#rest.subarray(0, SIZE);
      tally.see(readClockBar({ data, width: WIDTH, height: HEIGHT }) !== undefined);
    }
  }
}
