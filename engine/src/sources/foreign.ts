import { PacedTs } from '@nightjar/media/intake';
import type { Containers } from '../vision/index.ts';
import { SourceError, type SourceOptions } from './source.ts';

/** Seconds of media that may wait before more bytes are taken. */
const AHEAD = 2;
const POLL_MS = 250;
const TS_SYNC = 0x47;
const TS_PACKET = 188;

/** The words of a container that nobody can read: those of FFmpeg, of which no address or name is a part. */
const words = (message: string): string => `what comes cannot be read (${message.slice(0, 200)})`;

/**
 * What we have no reader of our own for, as bytes: an MPEG transport stream plays as it is, any other container by
 * FFmpeg in the pixel process. Plays in its own time, however fast it comes.
 */
export class ForeignBody {
  readonly #options: SourceOptions;
  readonly #containers: Containers | undefined;
  readonly #lose: (error: unknown) => void;
  readonly #paced: PacedTs;
  #container: ReturnType<Containers['open']> | undefined;
  #native: boolean | undefined;
  #finished: PromiseWithResolvers<void> | undefined;
  #stopWaiting: (() => void) | undefined;
  #closed = false;

  constructor(options: SourceOptions, containers: Containers | undefined, lose: (error: unknown) => void) {
    this.#options = options;
    this.#containers = containers;
    this.#lose = lose;
    this.#paced = new PacedTs(options);
  }

  get counters() {
    return this.#paced.counters;
  }

  get lastFrame(): number {
    return this.#paced.lastFrame;
  }

  get trouble(): string | undefined {
    return this.#native === true ? this.#paced.trouble : undefined;
  }

  /** Takes the next bytes; resolves when more may come. */
  async read(chunk: Buffer): Promise<void> {
    if (this.#closed) return;
    this.#native ??= isTransportStream(chunk);
    if (this.#native) this.#paced.read(chunk);
    else await this.#opened().push(chunk);
    await this.#dueWithin(AHEAD);
  }

  /** No more bytes come, or those of another round: resolves when all of these are known. */
  async round(): Promise<void> {
    if (this.#container && !this.#closed) {
      this.#finished = Promise.withResolvers();
      this.#container.finish();
      await this.#finished.promise;
    }
    if (!this.#closed) this.#paced.flush();
  }

  /** No more bytes come: resolves when all of them are played. */
  async finish(): Promise<void> {
    await this.round();
    await this.#dueWithin(0);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#container?.close();
    this.#container = undefined;
    this.#finished?.resolve();
    this.#stopWaiting?.();
    this.#paced.close();
  }

  #opened(): ReturnType<Containers['open']> {
    if (!this.#containers) throw new SourceError('no_playable_track', words('it is no transport stream'));
    this.#container ??= this.#containers.open({
      onTransport: (data) => this.#paced.read(data),
      onFinished: () => {
        this.#container = undefined;
        this.#finished?.resolve();
      },
      onFailed: (message) => {
        this.#container = undefined;
        this.#lose(new SourceError('no_playable_track', words(message)));
        this.#finished?.resolve();
      },
    });
    return this.#container;
  }

  async #dueWithin(seconds: number): Promise<void> {
    while (!this.#closed && this.#paced.waiting > seconds) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.after(POLL_MS, resolve);
        this.#stopWaiting = () => {
          cancel();
          resolve();
        };
      });
    }
  }
}

/** By its first two packets. */
function isTransportStream(bytes: Buffer): boolean {
  return bytes[0] === TS_SYNC && (bytes.length <= TS_PACKET || bytes[TS_PACKET] === TS_SYNC);
}
