import { get, type IncomingMessage } from 'node:http';
import type { Target } from './load.ts';

/** How a viewer fared in a stretch of time. */
export interface Watched {
  readonly pictures: number;
  /** That its clock has room for and that never came. */
  readonly missing: number;
  /** Milliseconds between two pictures, at most. */
  readonly pause: number;
}

const HEADER = 13;
const TAG = 11;
const VIDEO = 9;

/** A viewer of HTTP-FLV by the product's public port, who counts pictures (FLV 10.1, E.4.1). */
export class FlvViewer implements Disposable {
  readonly #answer: IncomingMessage;
  #bytes: Buffer = Buffer.alloc(0);
  #begun = false;
  /** Milliseconds: of the stream's own clock, and of arrival. */
  #seen: { time: number; at: number }[] = [];

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    answer.on('data', (chunk: Buffer) => this.#read(chunk));
    // It is ended from here.
    answer.on('error', () => undefined);
  }

  static open({ url, token }: Target): Promise<FlvViewer> {
    const { promise, resolve, reject } = Promise.withResolvers<FlvViewer>();
    const request = get(url, { headers: { authorization: `Bearer ${token}` } }, (answer) => {
      if (answer.statusCode === 200) resolve(new FlvViewer(answer));
      else reject(new Error(`${url}: ${answer.statusCode}`));
    });
    request.once('error', reject);
    return promise;
  }

  /** What was seen since the last call; the pictures that were let in with the first one are not of it. */
  take(): Watched {
    const seen = this.#seen;
    this.#seen = seen.slice(-1);
    const steps = seen
      .slice(1)
      .map(({ time, at }, n) => ({ time: time - seen[n]!.time, at: at - seen[n]!.at }));
    const usual = steps.map(({ time }) => time).toSorted((a, b) => a - b)[steps.length >> 1] ?? 0;
    const missing = steps.reduce(
      (sum, { time }) => sum + Math.max(0, Math.round(time / (usual || 1)) - 1),
      0,
    );
    return { pictures: steps.length, missing, pause: Math.max(0, ...steps.map(({ at }) => at)) };
  }

  [Symbol.dispose](): void {
    this.#answer.destroy();
  }

  #read(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    let from = this.#begun ? 0 : HEADER;
    for (;;) {
      if (this.#bytes.length < from + TAG) break;
      const end = from + TAG + this.#bytes.readUIntBE(from + 1, 3) + 4;
      if (this.#bytes.length < end) break;
      this.#begun = true;
      if ((this.#bytes[from]! & 0x1f) === VIDEO) this.#picture(from, end);
      from = end;
    }
    if (this.#begun) this.#bytes = this.#bytes.subarray(from);
  }

  /** The sequence header and what is no picture are short. */
  #picture(from: number, end: number): void {
    if (end - from < TAG + 4 + 64) return;
    const time = this.#bytes.readUIntBE(from + 4, 3) + this.#bytes[from + 7]! * 0x1000000;
    if (this.#seen.at(-1)?.time === time) return;
    this.#seen.push({ time, at: performance.now() });
  }
}
