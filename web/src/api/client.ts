import { ApiError, apiErrorFrom } from './api-error.ts';
import { type Query, withQuery } from './query.ts';
import type { NewStream, RecordingList, StreamList, StreamSummary } from './types.ts';
import { sendFile } from './upload.ts';

const TIMEOUT_MS = 10_000;
/** The longest page the server gives. */
const PAGE = 500;

/** What a stream can be told to do. */
export type StreamCommand = 'start' | 'stop' | 'restart';

/** How one request is made. */
export interface CallOptions {
  body?: unknown;
  query?: Query;
  signal?: AbortSignal | undefined;
  /** Milliseconds; 10 s when absent. */
  timeoutMs?: number;
}

interface Options {
  /** null: the browser's cookie says who it is. */
  token: string | null;
  fetch: typeof fetch;
  /** The CSRF token of a session in a cookie, as it is now. */
  csrf?: () => string | undefined;
  /** Renews a session in a cookie after a 401; whether it did. */
  renew?: () => Promise<boolean>;
}

/** The server's HTTP interface as the page needs it. Every method throws `ApiError` and nothing else. */
export class ApiClient {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Value of the `Authorization` header for media requests; undefined where the cookie says enough. */
  get authorization(): string | undefined {
    const { token } = this.#options;
    return token === null ? undefined : `Bearer ${token}`;
  }

  get<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.#send('GET', path, options);
  }

  post<T>(path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
    return this.#send('POST', path, { ...options, body });
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#send('PUT', path, { body });
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.#send('PATCH', path, { body });
  }

  delete<T = void>(path: string): Promise<T> {
    return this.#send('DELETE', path, {});
  }

  /** Every stream, page by page. */
  async listStreams(signal?: AbortSignal): Promise<readonly StreamSummary[]> {
    const streams: StreamSummary[] = [];
    for (;;) {
      const query = { limit: PAGE, offset: streams.length };
      const page = await this.get<StreamList>('/api/streams', { query, signal });
      streams.push(...page.streams);
      if (page.streams.length < PAGE) return streams;
    }
  }

  /** Recordings with footage in `[since, until)`, newest first; the totals count all of them. */
  listRecordings(id: string, since: Date, until: Date, signal?: AbortSignal): Promise<RecordingList> {
    const query = { start_date: since.toISOString(), end_date: until.toISOString(), limit: PAGE };
    return this.get(`${streamPath(id)}/recordings`, { query, signal });
  }

  /** A file of the server, such as a picture. Takes as long as it takes. */
  async blob(path: string, signal: AbortSignal): Promise<Blob> {
    const headers: HeadersInit =
      this.authorization === undefined ? {} : { authorization: this.authorization };
    try {
      const response = await this.#options.fetch(path, {
        headers,
        signal,
        cache: 'no-store',
        credentials: 'same-origin',
      });
      if (response.ok) return await response.blob();
      throw apiErrorFrom(response.status, await response.text(), response.headers.get('retry-after'));
    } catch (cause) {
      throw cause instanceof ApiError ? cause : new ApiError('network', 'No answer', { cause });
    }
  }

  /** Sends a file as the body; `onProgress` hears how much of it is there, 0 to 1. */
  upload<T>(
    path: string,
    { query, file, onProgress }: { query: Query; file: Blob; onProgress: (share: number) => void },
  ): Promise<T> {
    const headers = this.#headers('POST', undefined);
    headers.set('content-type', 'application/octet-stream');
    return sendFile<T>(new XMLHttpRequest(), { path, query, headers, file, onProgress });
  }

  /** The body of an answer that goes on until `signal` ends it. */
  async pour(
    path: string,
    { query, signal }: { query: Query; signal: AbortSignal },
  ): Promise<ReadableStream<Uint8Array>> {
    const init = { headers: this.#headers('POST', undefined), signal, credentials: 'same-origin' } as const;
    try {
      const answer = await this.#options.fetch(withQuery(path, query), init);
      if (answer.ok && answer.body) return answer.body;
      throw apiErrorFrom(answer.status, await answer.text(), answer.headers.get('retry-after'));
    } catch (cause) {
      throw cause instanceof ApiError ? cause : new ApiError('network', 'No answer', { cause });
    }
  }

  async createStream(stream: NewStream): Promise<void> {
    await this.post('/api/streams', stream);
  }

  async setRecording(id: string, enabled: boolean): Promise<void> {
    await this.put(streamPath(id), { recording: { enabled } });
  }

  async command(id: string, command: StreamCommand): Promise<void> {
    await this.post(`${streamPath(id)}/${command}`);
  }

  async removeStream(id: string): Promise<void> {
    await this.delete(streamPath(id));
  }

  async #send<T>(method: string, path: string, options: CallOptions): Promise<T> {
    try {
      return await this.#once<T>(method, path, options);
    } catch (error) {
      const ended =
        error instanceof ApiError && error.kind === 'unauthorized' && this.#options.token === null;
      if (!ended || !(await this.#options.renew?.())) throw error;
      return this.#once<T>(method, path, options);
    }
  }

  async #once<T>(method: string, path: string, options: CallOptions): Promise<T> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    const { status, text, retryAfter } = await this.#exchange(withQuery(path, options.query), {
      method,
      headers: this.#headers(method, options.body),
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      cache: 'no-store',
      credentials: 'same-origin',
    });
    if (status >= 400) throw apiErrorFrom(status, text, retryAfter);
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ApiError('server', 'The answer is not JSON', { status, cause });
    }
  }

  #headers(method: string, body: unknown): Headers {
    const headers = new Headers({ accept: 'application/json' });
    if (this.authorization !== undefined) headers.set('authorization', this.authorization);
    const csrf = method === 'GET' || this.authorization !== undefined ? undefined : this.#options.csrf?.();
    if (csrf !== undefined) headers.set('x-csrf-token', csrf);
    if (body !== undefined) headers.set('content-type', 'application/json');
    return headers;
  }

  async #exchange(path: string, init: RequestInit) {
    try {
      const response = await this.#options.fetch(path, init);
      return {
        status: response.status,
        text: await response.text(),
        retryAfter: response.headers.get('retry-after'),
      };
    } catch (cause) {
      throw new ApiError('network', 'No answer', { cause });
    }
  }
}

/** Where S2 keeps one stream. */
export function streamPath(id: string): string {
  return `/api/streams/${encodeURIComponent(id)}`;
}

/** Recorded footage of a stream between two moments, UTC milliseconds. */
export interface FootageOf {
  id: string;
  start: number;
  end: number;
  /** Recorded originals in the place of what everybody sees. */
  original?: boolean;
}

function footagePath({ id, start, end, original }: FootageOf, name: string): string {
  const query = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  return withQuery(`/live/${encodeURIComponent(id)}/${name}`, { ...query, original: original || undefined });
}

/** Address of the playlist of recorded footage. */
export const recordedPlaylistPath = (of: FootageOf): string => footagePath(of, 'playback.m3u8');

/** Address of recorded footage as one MP4. */
export const moviePath = (of: FootageOf): string => footagePath(of, 'play.mp4');

/** What the file is called on the device of who downloads it. */
export function movieName({ id, start, original }: FootageOf): string {
  const time = new Date(start).toISOString().slice(0, 19).replaceAll(':', '-').replace('T', '_');
  return `${id}_${time}Z${original ? '_original' : ''}.mp4`;
}
