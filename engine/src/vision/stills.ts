import type { FromVision, StillJob, ToVision } from '@nightjar/contract/vision';
import type { Clock } from '@nightjar/media/stream';
import type { Task } from './lane.ts';
import { VisionError } from './vision-error.ts';
import type { Ending } from './worker.ts';

/** A still that was made. */
export interface Still {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** Of the picture it shows, in ticks of its track. */
  readonly time: number;
}

interface Waiting {
  readonly id: number;
  readonly subject: string;
  readonly job: StillJob;
  readonly resolve: (still: Still) => void;
  readonly reject: (error: VisionError) => void;
  tried: boolean;
}

export interface StillsOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly nextId: () => number;
  /** There is work now, or none any more. */
  readonly onBusy: (busy: boolean) => void;
  /** The process died while it made a still of this stream. */
  readonly onSuspect: (subject: string) => void;
}

const MAX_WAITING = 64;
/** Milliseconds the process is kept for the next still. */
const LINGER = 10_000;

/** Stills waiting for the process, which makes one after another: the first is the one that it died of. */
export class Stills implements Task {
  readonly linger = LINGER;
  readonly #options: StillsOptions;
  readonly #waiting: Waiting[] = [];
  #send: ((message: ToVision) => void) | undefined;
  #since = 0;

  constructor(options: StillsOptions) {
    this.#options = options;
  }

  get pendingSince(): number | undefined {
    return this.#waiting.length === 0 || !this.#send ? undefined : this.#since;
  }

  /** Rejects with VisionError. */
  make(subject: string, job: StillJob): Promise<Still> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new VisionError('busy', 'too many stills are being made'));
    const { promise, resolve, reject } = Promise.withResolvers<Still>();
    const waiting = { id: this.#options.nextId(), subject, job, resolve, reject, tried: false };
    if (this.#waiting.length === 0) this.#since = this.#options.clock.monotonic();
    this.#waiting.push(waiting);
    if (this.#waiting.length === 1) this.#options.onBusy(true);
    else this.#hand(waiting);
    return promise;
  }

  begin(send: (message: ToVision) => void): void {
    this.#send = send;
    this.#since = this.#options.clock.monotonic();
    for (const waiting of this.#waiting) this.#hand(waiting);
  }

  lost(ending: Ending): void {
    this.#send = undefined;
    const [first] = this.#waiting;
    if (!first) return;
    if (ending.final) {
      for (const { reject } of this.#waiting.splice(0))
        reject(new VisionError('unavailable', 'nothing on this machine can decode pictures'));
      this.#options.onBusy(false);
      return;
    }
    this.#options.onSuspect(first.subject);
    if (first.tried)
      this.#settle(first, (it) => it.reject(new VisionError('broken', 'this picture cannot be decoded')));
    else first.tried = true;
  }

  owns(id: number): boolean {
    return this.#waiting.some((waiting) => waiting.id === id);
  }

  hear(message: FromVision): void {
    if (message.type !== 'still' && message.type !== 'failed') return;
    const waiting = this.#waiting.find(({ id }) => id === message.id);
    if (!waiting) return;
    this.#since = this.#options.clock.monotonic();
    this.#settle(waiting, ({ resolve, reject }) => {
      if (message.type === 'failed') return reject(new VisionError('broken', message.message));
      const { jpeg, width, height, time } = message;
      resolve({ jpeg: Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength), width, height, time });
    });
  }

  /** Nobody waits any longer. */
  close(): void {
    this.#send = undefined;
    for (const { reject } of this.#waiting.splice(0))
      reject(new VisionError('unavailable', 'the engine ends'));
  }

  #hand({ id, job }: Waiting): void {
    this.#send?.({ type: 'still', id, job });
  }

  #settle(waiting: Waiting, settle: (waiting: Waiting) => void): void {
    this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    settle(waiting);
    if (this.#waiting.length === 0) this.#options.onBusy(false);
  }
}
