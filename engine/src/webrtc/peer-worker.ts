import { Worker } from 'node:worker_threads';
import type { Clock } from '@nightjar/media/stream';
import type { Call, CallFault, FromWorker, Results, ToWorker, WhipCall, WorkerSettings } from './messages.ts';

/** Milliseconds a call may take; a settled stream answers in one. */
const CALL_TIMEOUT = 10_000;
const CLOSE_TIMEOUT = 1_000;

/** A call was refused by the worker, or its worker is gone. */
export class PeerCallError extends Error {
  readonly fault: CallFault;

  constructor(fault: CallFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** The ports could not be bound. */
export class PeerPortError extends Error {
  readonly code: string;
  readonly port: number;

  constructor(code: string, port: number, message: string) {
    super(message);
    this.code = code;
    this.port = port;
  }
}

export type News = Exclude<FromWorker, { type: 'ready' | 'closed' | 'refused' | 'result' | 'fault' }>;

export interface PeerWorkerOptions {
  readonly settings: WorkerSettings;
  readonly clock: Pick<Clock, 'after'>;
  readonly onNews: (news: News) => void;
}

interface Pending {
  readonly resolve: (result: Results[keyof Results]) => void;
  readonly reject: (error: Error) => void;
  readonly cancel: () => void;
}

/** One life of the worker thread: dies once; whoever made it makes the next. */
export class PeerWorker {
  /** What ended it; never rejects. */
  readonly ended: Promise<Error | undefined>;
  readonly #options: PeerWorkerOptions;
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<number>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #over = false;

  constructor(options: PeerWorkerOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: options.settings });
    this.#worker.on('message', (message: FromWorker) => this.#take(message));
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    let failure: Error | undefined;
    this.#worker.on('error', (error) => {
      failure = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.once('exit', () => {
      this.#over = true;
      const gone = new PeerCallError('internal', 'the WebRTC worker ended');
      this.#ready.reject(failure ?? gone);
      for (const { reject } of this.#pending.values()) reject(gone);
      resolve(failure);
    });
    this.ended = promise;
    this.#ready.promise.catch(() => undefined);
  }

  /** Resolves with the port once peers are heard. Throws PeerPortError. */
  ready(): Promise<number> {
    return this.#ready.promise;
  }

  post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.#over) this.#worker.postMessage(message, transfer);
  }

  /** Asks the worker. Throws PeerCallError. */
  call<T extends Call | WhipCall>(call: T): Promise<Results[T['type']]> {
    if (this.#over) return Promise.reject(new PeerCallError('internal', 'the WebRTC worker ended'));
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      const settle =
        <V>(done: (value: V) => void) =>
        (value: V): void => {
          cancel();
          this.#pending.delete(id);
          done(value);
        };
      const cancel = this.#options.clock.after(CALL_TIMEOUT, () =>
        settle(reject)(new PeerCallError('internal', 'the WebRTC worker did not answer')),
      );
      this.#pending.set(id, {
        resolve: settle(resolve as (result: Results[keyof Results]) => void),
        reject: settle(reject),
        cancel,
      });
      this.post(call.type === 'whip' ? { type: 'publish', id, call } : { type: 'call', id, call });
    });
  }

  /** Ends the thread at once. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Peers are told goodbye and the ports closed; the thread stays, and keeps no program alive. */
  async hush(): Promise<void> {
    this.#worker.unref();
    this.post({ type: 'close' });
    const late = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(CLOSE_TIMEOUT, late.resolve);
    await Promise.race([this.#closed.promise, this.ended, late.promise]);
    cancel();
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    this.post({ type: 'exit' });
    const cancel = this.#options.clock.after(CLOSE_TIMEOUT, () => void this.#worker.terminate());
    await this.ended;
    cancel();
  }

  #take(message: FromWorker): void {
    if (message.type === 'ready') this.#ready.resolve(message.port);
    else if (message.type === 'closed') this.#closed.resolve();
    else if (message.type === 'refused') {
      const { code, message: text } = message;
      this.#ready.reject(new PeerPortError(code, this.#options.settings.port, text));
    } else if (message.type === 'result') this.#pending.get(message.id)?.resolve(message.result);
    else if (message.type === 'fault') {
      this.#pending.get(message.id)?.reject(new PeerCallError(message.fault, message.message));
    } else this.#options.onNews(message);
  }
}
