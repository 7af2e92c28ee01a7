import type { IncomingMessage } from 'node:http';
import { type Fetched, HlsToStream, PlaylistEndedError } from '@nightjar/media/hls';
import type { CameraAnswer } from '../outbound/index.ts';
import { type SourceCounters, SourceError, type SourceOptions } from './source.ts';

export interface HlsSessionOptions {
  /** Opens an address, as the camera's own was opened; `range` may be passed over. */
  readonly ask: (url: string, range?: { offset: number; length: number }) => Promise<CameraAnswer>;
  /** The source is lost. */
  readonly lose: (error: unknown) => void;
}

const TYPES = /^(?:application|audio)\/(?:vnd\.apple\.mpegurl|(?:x-)?mpegurl)\b/i;
const MAX_PLAYLIST = 1024 * 1024;
/** Ten seconds at 50 Mbit/s. */
const MAX_SEGMENT = 64 * 1024 * 1024;
/** Milliseconds that a body may take. */
const BODY = 20_000;

/** An answer that is a playlist, by what it calls itself or by its name. */
export function isPlaylist({ headers }: IncomingMessage, url: string): boolean {
  return TYPES.test(headers['content-type'] ?? '') || new URL(url).pathname.toLowerCase().endsWith('.m3u8');
}

/** One HLS source while it lasts. */
export class HlsSession {
  readonly #options: SourceOptions;
  readonly #around: HlsSessionOptions;
  readonly #hls: HlsToStream;
  readonly #gone = new AbortController();
  readonly #open = new Set<IncomingMessage>();

  constructor(options: SourceOptions, around: HlsSessionOptions) {
    this.#options = options;
    this.#around = around;
    this.#hls = new HlsToStream({
      ...options,
      fetch: async (url, range) => {
        this.#gone.signal.throwIfAborted();
        const { answer, url: from } = await around.ask(url, range);
        const body = await this.#read(answer, url.endsWith('.m3u8') ? MAX_PLAYLIST : MAX_SEGMENT);
        // Who does not know ranges gives all there is.
        const partial = range && answer.statusCode !== 206;
        return { url: from, body: partial ? body.subarray(range.offset, range.offset + range.length) : body };
      },
    });
  }

  get counters(): SourceCounters {
    return this.#hls.counters;
  }

  get lastFrame(): number {
    return this.#hls.lastFrame;
  }

  get trouble(): string | undefined {
    return this.#hls.trouble;
  }

  /** Reads the first playlist and goes on from there; what goes wrong later is told to `lose`. */
  async open({ answer, url }: CameraAnswer): Promise<void> {
    const first: Fetched = { url, body: await this.#read(answer, MAX_PLAYLIST) };
    this.#hls.run(first).catch((error: unknown) => {
      if (this.#gone.signal.aborted) return;
      const ended = error instanceof PlaylistEndedError;
      this.#around.lose(ended ? new SourceError('closed_by_camera', error.message) : error);
    });
  }

  close(): void {
    this.#gone.abort(new DOMException('the stream was stopped', 'AbortError'));
    for (const answer of this.#open) answer.destroy();
    this.#hls.close();
  }

  /** The whole body; an answer that is too long or too slow is ended. */
  async #read(answer: IncomingMessage, limit: number): Promise<Buffer> {
    const tooLate = new SourceError('timeout', `no whole answer within ${BODY / 1000} s`);
    const cancel = this.#options.clock.after(BODY, () => answer.destroy(tooLate));
    this.#open.add(answer);
    try {
      const parts: Buffer[] = [];
      let length = 0;
      for await (const part of answer as AsyncIterable<Buffer>) {
        length += part.length;
        if (length > limit) throw new SourceError('protocol_error', `an answer of more than ${limit} bytes`);
        parts.push(part);
      }
      return Buffer.concat(parts);
    } finally {
      cancel();
      this.#open.delete(answer);
      answer.destroy();
    }
  }
}
