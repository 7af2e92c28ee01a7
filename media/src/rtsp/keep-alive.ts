import type { Clock } from '../stream/index.ts';
import { type HeaderList, header, type RtspResponse } from './wire/message.ts';

/** The part of a connection the keep-alive needs. */
export interface KeepAlivePoster {
  post(method: string, uri: string, headers: HeaderList, onAnswer: (response: RtspResponse) => void): void;
}

export interface KeepAliveOptions {
  readonly clock: Pick<Clock, 'every' | 'monotonic'>;
  readonly poster: KeepAlivePoster;
  readonly url: string;
  readonly session: string;
  /** Seconds after which the server forgets the session. */
  readonly timeout: number;
  /** Methods of the server's `Public` header; empty when it sent none. */
  readonly methods: ReadonlySet<string>;
  /** Shared by the sessions of one camera; of this session alone when absent. */
  readonly habit?: KeepAliveHabit | undefined;
}

/**
 * What was learnt of one camera's sessions. Some cameras end a session for the sake of a method that they offer
 * themselves (Hipcam), and some do not count one that they answer (quirk 7).
 */
export interface KeepAliveHabit {
  /** Methods that are passed over, of the three in the order of the camera's offer. */
  skipped: number;
  /** A session outlived its timeout with what is asked now. */
  proven: boolean;
}

const MIN_MS = 1000;
const MAX_MS = 30_000;
/** A session that ends within so many of its timeouts may have ended for want of the right method. */
const EARLY = 2;

/**
 * Keeps a session alive twice per timeout without ever waiting for an answer. A method the server refuses is
 * replaced by the next one; when all were refused the first stays. A session that is lost early makes the next one
 * begin with the next method, as long as none has proven itself.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #methods: readonly string[];
  readonly #stop: () => void;
  readonly #headers: HeaderList;
  /** One function for all posts: a new post replaces one that was never answered. */
  readonly #onAnswer = (response: RtspResponse) => this.#answered(response);
  readonly #habit: KeepAliveHabit;
  readonly #since: number;
  #refused: number;
  #asked = '';

  constructor(options: KeepAliveOptions) {
    this.#options = options;
    const { clock, session, timeout, methods, habit } = options;
    this.#habit = habit ?? { skipped: 0, proven: false };
    this.#refused = this.#habit.skipped;
    this.#since = clock.monotonic();
    this.#headers = session === '' ? [] : [['Session', session]];
    this.#methods = methods.has('GET_PARAMETER')
      ? ['GET_PARAMETER', 'OPTIONS', 'SET_PARAMETER']
      : ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER'];
    const ms = Math.min(Math.max((timeout * 1000) / 2, MIN_MS), MAX_MS);
    this.#stop = clock.every(ms, () => this.#send());
  }

  /** The method in use. */
  get method(): string {
    return this.#methods[this.#refused] ?? this.#methods[0]!;
  }

  close(): void {
    this.#stop();
  }

  /** The session was lost, and not by us. */
  lost(): void {
    if (this.#asked === '' || this.#habit.proven || !this.#early) return;
    this.#habit.skipped = (this.#methods.indexOf(this.method) + 1) % this.#methods.length;
  }

  get #early(): boolean {
    const { clock, timeout } = this.#options;
    return clock.monotonic() - this.#since <= EARLY * timeout * 1000;
  }

  #send(): void {
    if (!this.#early) this.#habit.proven = true;
    this.#asked = this.method;
    this.#options.poster.post(this.#asked, this.#options.url, this.#headers, this.#onAnswer);
  }

  #answered({ status, headers }: RtspResponse): void {
    const refused = status >= 400 && status < 600;
    if (!refused || this.#asked !== this.method || this.#refused >= this.#methods.length) return;
    this.#refused++;
    this.#habit.skipped = this.#refused % this.#methods.length;
    if (this.#refused < this.#methods.length && header(headers, 'connection') !== 'close') this.#send();
  }
}
