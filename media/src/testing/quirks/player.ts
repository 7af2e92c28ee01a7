import type { Format, VideoFormat } from '../../codecs/index.ts';
import { type RtspTransport, TransportChoice } from '../../rtsp/index.ts';
import { MediaStream, systemClock } from '../../stream/index.ts';
import { Frames, type SeenFrame, Watcher } from '../watcher.ts';
import type { Seen } from './quirk.ts';

const REPORT_MS = 500;
const MAX_SESSIONS = 5;

/** Our client on a camera: tries the transports in turn, as a source does, and keeps what comes. */
export class Player implements Seen, AsyncDisposable {
  sessions = 0;
  /** Why the last session ended by itself. */
  readonly ended: Promise<unknown>;
  readonly #url: string;
  readonly #choice: TransportChoice;
  readonly #stream = new MediaStream({ stamp: () => undefined });
  readonly #seen = new Frames(this.#stream);
  readonly #zero = systemClock.monotonic();
  #end: (error: unknown) => void = () => undefined;
  #watcher: Watcher | undefined;
  /** The session that goes on between calls of {@link until}; resolves with what ended it. */
  #running: Promise<unknown> | undefined;
  #cancelReports: () => void = () => undefined;

  constructor(url: string, transports: readonly RtspTransport[] = ['tcp', 'udp']) {
    this.#url = url;
    this.#choice = new TransportChoice(transports);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get frames(): readonly SeenFrame[] {
    return this.#seen.all;
  }

  get tracks(): readonly (readonly string[])[] {
    return this.#seen.tracks.map((tracks) => tracks.map(({ format }) => described(format)));
  }

  of(kind: SeenFrame['kind']): SeenFrame[] {
    return this.#seen.of(kind);
  }

  get counters() {
    return this.#watcher?.counters;
  }

  /**
   * Plays until `condition` holds, which is looked at after each frame.
   * @throws why the last session could not be had or was lost.
   */
  async until(condition: () => boolean): Promise<void> {
    const seen = this.#seen.until(condition).then(() => 'seen' as const);
    for (;;) {
      this.#running ??= this.#session();
      const error = await Promise.race([seen, this.#running]);
      if (error === 'seen') return;
      this.#running = undefined;
      if (this.sessions >= MAX_SESSIONS || !this.#choice.failed(error)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    this.#seen.close();
    this.#stream.end();
  }

  /** One session; resolves with the error that ended it. */
  async #session(): Promise<unknown> {
    await this.#close();
    this.sessions++;
    const watcher = new Watcher(this.#url, {
      transport: this.#choice.current,
      stream: this.#stream,
      zero: this.#zero,
      onLive: () => this.#choice.works(),
    });
    this.#watcher = watcher;
    const lost = watcher.closed.then((error) => {
      throw error;
    });
    lost.catch(() => undefined);
    try {
      await Promise.race([watcher.play(), lost]);
    } catch (error) {
      return error;
    }
    this.#cancelReports = systemClock.every(REPORT_MS, () => watcher.report());
    const error = await watcher.closed;
    this.#end(error);
    return error;
  }

  async #close(): Promise<void> {
    this.#cancelReports();
    await this.#watcher?.[Symbol.asyncDispose]();
  }
}

function described(format: Format & Partial<VideoFormat>): string {
  const { width, height, codecString, clockRate } = format;
  return width === undefined ? `${codecString} ${clockRate}` : `${codecString} ${width}x${height}`;
}
