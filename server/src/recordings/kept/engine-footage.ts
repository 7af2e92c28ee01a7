import type { IncomingMessage } from 'node:http';
import { signTicket, TICKET_HEADER } from '@nightjar/contract/link';
import { type EngineDoor, type RecordedBody, refusal, unreachable } from '../../engine-link/index.ts';
import { type Clock, DomainError } from '../../kernel/index.ts';

interface Options {
  door: Pick<EngineDoor, 'footage' | 'send'>;
  /** Signs the tickets; shared with the engine. */
  key: Buffer;
  clock: Clock;
}

/** `[start, end)` in UTC milliseconds. */
export interface Window {
  start: number;
  end: number;
}

/** A clip on its way; the times are those of its footage, in UTC milliseconds. */
export interface ClipAnswer extends Window {
  /** Seconds it plays; less than from start to end when there are gaps. */
  seconds: number;
  body: AsyncIterable<Buffer>;
}

/** One picture on its way. */
export interface StillAnswer {
  /** UTC milliseconds at which it was shown. */
  at: number;
  /** It is of the key frame nearest to the moment. */
  near: boolean;
  body: AsyncIterable<Buffer>;
}

/** The engine may wait for the newest parts of a window to be durable. */
const TIMEOUT_MS = 25_000;
const TICKET_SECONDS = 60;

/** Clips and stills, as the engine makes them of footage and of live media. */
export class EngineFootage {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** What there is of a window, without coding. Throws NOT_FOUND where there is nothing, ENGINE_UNAVAILABLE. */
  async clip(
    streamId: string,
    { start, end, waitMs }: Window & { waitMs: number },
    signal: AbortSignal,
  ): Promise<ClipAnswer> {
    const query = new URLSearchParams({ start: iso(start), end: iso(end), wait: String(waitMs) });
    const answer = await this.#get(streamId, `clip.mp4?${query}`, signal, 'footage');
    return {
      start: timeIn(answer, 'x-footage-start'),
      end: timeIn(answer, 'x-footage-end'),
      seconds: numberIn(answer, 'x-clip-seconds'),
      body: answer,
    };
  }

  /** All there is of a range, however long, as it is made. Throws NOT_FOUND where there is nothing. */
  async movie(
    streamId: string,
    { start, end, gaps }: Window & { gaps: 'keep' | 'skip' },
    signal: AbortSignal,
  ): Promise<{ body: AsyncIterable<Buffer> }> {
    const query = new URLSearchParams({ start: iso(start), end: iso(end), gaps });
    return { body: await this.#get(streamId, `play.mp4?${query}`, signal) };
  }

  /**
   * The picture that was shown at a moment; with `near` another one will do while the engine has many to make.
   * Throws NOT_FOUND where there is none, ENGINE_UNAVAILABLE.
   */
  async still(
    streamId: string,
    { at, width, near }: { at: number; width?: number | undefined; near?: boolean },
    signal: AbortSignal,
  ): Promise<StillAnswer> {
    const query = new URLSearchParams({
      time: iso(at),
      ...(width ? { width: String(width) } : {}),
      ...(near ? { near: '1' } : {}),
    });
    return this.#picture(streamId, `still.jpg?${query}`, signal);
  }

  /** The picture of now. Throws ENGINE_UNAVAILABLE where none comes. */
  picture(streamId: string, signal: AbortSignal): Promise<StillAnswer> {
    return this.#picture(streamId, 'snapshot.jpg?exact=1', signal);
  }

  async #picture(streamId: string, path: string, signal: AbortSignal): Promise<StillAnswer> {
    const answer = await this.#get(streamId, path, signal);
    const near = answer.headers['x-picture-near'] === '1';
    return { at: timeIn(answer, 'x-picture-time'), near, body: answer };
  }

  async #get(
    streamId: string,
    path: string,
    signal: AbortSignal,
    how: 'footage' | 'send' = 'send',
  ): Promise<IncomingMessage | RecordedBody> {
    const { door, key, clock } = this.#options;
    const exp = Math.floor(clock.utc() / 1000) + TICKET_SECONDS;
    const headers = { [TICKET_HEADER]: signTicket(key, { stream_id: streamId, exp, sub: 'system:server' }) };
    const asked = { method: 'GET', path: `/live/${streamId}/${path}`, headers };
    const answer = await door[how](asked, { timeoutMs: TIMEOUT_MS, signal }).catch((error: unknown) => {
      throw unreachable(error);
    });
    if ((answer.statusCode ?? 500) >= 400) throw await refusal(answer);
    return answer;
  }
}

const iso = (utc: number): string => new Date(utc).toISOString();

function timeIn({ headers }: Pick<IncomingMessage, 'headers'>, name: string): number {
  const utc = Date.parse(String(headers[name]));
  if (Number.isNaN(utc)) throw new DomainError('ENGINE_FAILED');
  return utc;
}

function numberIn({ headers }: Pick<IncomingMessage, 'headers'>, name: string): number {
  const value = Number(headers[name] ?? Number.NaN);
  if (Number.isNaN(value)) throw new DomainError('ENGINE_FAILED');
  return value;
}
