import type { Clock } from '../stream/index.ts';
import { type HeaderList, header, type RtspResponse } from './wire/message.ts';

/** The part of a connection the keep-alive needs. */
export interface KeepAlivePoster {
  post(method: string, uri: string, headers: HeaderList, onAnswer: (response: RtspResponse) => void): void;
}

export interface KeepAliveOptions {
  readonly clock: Clock;
  readonly poster: KeepAlivePoster;
  readonly url: string;
  readonly session: string;
  /** Seconds after which the server forgets the session. */
  readonly timeout: number;
  /** Methods of the server's `Public` header; empty when it sent none. */
  readonly methods: ReadonlySet<string>;
}

const MIN_MS = 1000;
const MAX_MS = 30_000;

/**
 * Keeps a session alive twice per timeout without ever waiting for an answer. A method the server refuses is
 * replaced by the next one; when all were refused the first stays.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #methods: readonly string[];
  readonly #stop: () => void;
  readonly #headers: HeaderList;
  /** One function for all posts: a new post replaces one that was never answered. */
  readonly #onAnswer = (response: RtspResponse) => this.#answered(response);
  #refused = 0;
  #asked = '';

  constructor(options: KeepAliveOptions) {
    this.#options = options;
    const { clock, session, timeout, methods } = options;
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

  #send(): void {
    this.#asked = this.method;
    this.#options.poster.post(this.#asked, this.#options.url, this.#headers, this.#onAnswer);
  }

  #answered({ status, headers }: RtspResponse): void {
    const refused = status >= 400 && status < 600;
    if (!refused || this.#asked !== this.method || this.#refused >= this.#methods.length) return;
    this.#refused++;
    if (this.#refused < this.#methods.length && header(headers, 'connection') !== 'close') this.#send();
  }
}
