import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { signTicket, TICKET_HEADER } from '@nightjar/contract/link';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface GetOptions {
  readonly method?: string;
  /** Instead of a ticket for the stream. */
  readonly ticket?: string | undefined;
  readonly signal?: AbortSignal;
}

/** A viewer at the door's socket with tickets of its own making. */
export class Viewer {
  readonly #socketPath: string;
  readonly #key: Buffer;
  readonly #utc: () => number;

  constructor(socketPath: string, key: Buffer, utc: () => number) {
    this.#socketPath = socketPath;
    this.#key = key;
    this.#utc = utc;
  }

  /** A ticket good for `seconds`. */
  ticket(streamId: string, seconds = 60, key = this.#key): string {
    const exp = Math.floor(this.#utc() / 1000) + seconds;
    return signTicket(key, { stream_id: streamId, exp, sub: 'tester' });
  }

  /** The answer whole. */
  async get(path: string, options: GetOptions = {}): Promise<Answer> {
    const response = await this.open(path, options);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    return { status: response.statusCode ?? 0, headers: response.headers, body, text: body.toString() };
  }

  /** The answer's head; its body waits to be read. */
  async open(path: string, options: GetOptions = {}): Promise<IncomingMessage> {
    const streamId = /^\/live\/([^/]+)/.exec(path)?.[1] ?? '';
    const ticket = 'ticket' in options ? options.ticket : this.ticket(streamId);
    const request = httpRequest({
      socketPath: this.#socketPath,
      path,
      method: options.method ?? 'GET',
      agent: false,
      headers: ticket === undefined ? {} : { [TICKET_HEADER]: ticket },
      ...(options.signal ? { signal: options.signal } : {}),
    });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }
}
