import { ApiError, apiErrorFrom } from './api-error.ts';
import type { NewStream, RecordingList, StreamDetail, StreamList, StreamSummary } from './types.ts';

const TIMEOUT_MS = 10_000;
/** The longest page the server gives. */
const PAGE = 500;

/** What a stream can be told to do. */
export type StreamCommand = 'start' | 'stop' | 'restart';

/** The stream manager's HTTP interface as the page needs it. Every method throws `ApiError` and nothing else. */
export class ApiClient {
  readonly #token: string;
  readonly #fetch: typeof fetch;

  constructor(options: { token: string; fetch: typeof fetch }) {
    this.#token = options.token;
    this.#fetch = options.fetch;
  }

  /** Value of the `Authorization` header, for media requests. */
  get authorization(): string {
    return `Bearer ${this.#token}`;
  }

  /** Every stream, page by page. */
  async listStreams(signal?: AbortSignal): Promise<readonly StreamSummary[]> {
    const streams: StreamSummary[] = [];
    for (;;) {
      const query = `limit=${PAGE}&offset=${streams.length}`;
      const page = await this.#send<StreamList>('GET', `/api/streams?${query}`, { signal });
      streams.push(...page.streams);
      if (page.streams.length < PAGE) return streams;
    }
  }

  getStream(id: string, signal?: AbortSignal): Promise<StreamDetail> {
    return this.#send('GET', streamPath(id), { signal });
  }

  /** Recordings with footage in `[since, until)`, newest first; the totals count all of them. */
  listRecordings(id: string, since: Date, until: Date, signal?: AbortSignal): Promise<RecordingList> {
    const query = new URLSearchParams({
      start_date: since.toISOString(),
      end_date: until.toISOString(),
      limit: `${PAGE}`,
    });
    return this.#send('GET', `${streamPath(id)}/recordings?${query}`, { signal });
  }

  /** Recorded footage between two moments (UTC milliseconds) as one MP4. Takes as long as it takes. */
  async downloadFootage(id: string, start: number, end: number, signal: AbortSignal): Promise<Blob> {
    const path = footagePath(id, 'play.mp4', start, end);
    const headers = { authorization: this.authorization };
    try {
      const response = await this.#fetch(path, {
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

  async createStream(stream: NewStream): Promise<void> {
    await this.#send('POST', '/api/streams', { body: stream });
  }

  async setRecording(id: string, enabled: boolean): Promise<void> {
    await this.#send('PUT', streamPath(id), { body: { recording: { enabled } } });
  }

  async command(id: string, command: StreamCommand): Promise<void> {
    await this.#send('POST', `${streamPath(id)}/${command}`, {});
  }

  async removeStream(id: string): Promise<void> {
    await this.#send('DELETE', streamPath(id), {});
  }

  async #send<T>(
    method: string,
    path: string,
    options: { body?: unknown; signal?: AbortSignal | undefined },
  ): Promise<T> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const headers = new Headers({ authorization: this.authorization, accept: 'application/json' });
    if (options.body !== undefined) headers.set('content-type', 'application/json');
    const { status, text, retryAfter } = await this.#exchange(path, {
      method,
      headers,
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

  async #exchange(path: string, init: RequestInit) {
    try {
      const response = await this.#fetch(path, init);
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

function streamPath(id: string): string {
  return `/api/streams/${encodeURIComponent(id)}`;
}

function footagePath(id: string, name: string, start: number, end: number): string {
  const query = new URLSearchParams({
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
  });
  return `/live/${encodeURIComponent(id)}/${name}?${query}`;
}

/** Address of the playlist of recorded footage between two moments, UTC milliseconds. */
export const recordedPlaylistPath = (id: string, start: number, end: number): string =>
  footagePath(id, 'playback.m3u8', start, end);
