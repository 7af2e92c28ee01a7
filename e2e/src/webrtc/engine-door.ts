import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { engineSocketPath, linkKeyPath, signTicket, TICKET_HEADER } from '@nightjar/contract/link';

export interface DoorAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The engine's own door of an installation, with a ticket for one stream: what surfaces are built on. */
export class EngineDoor {
  readonly #dataDir: string;
  readonly #streamId: string;

  constructor(dataDir: string, streamId: string) {
    this.#dataDir = dataDir;
    this.#streamId = streamId;
  }

  /** Asks for what is behind `/consume/{stream_id}`. */
  async consume(method: string, path: string, body?: unknown): Promise<DoorAnswer> {
    const key = await readFile(linkKeyPath(this.#dataDir));
    const exp = Math.floor(Date.now() / 1000) + 30;
    const ticket = { stream_id: this.#streamId, exp, sub: 'api_client:test', address: '127.0.0.1' };
    const asked = request({
      socketPath: engineSocketPath(this.#dataDir),
      method,
      path: `/consume/${this.#streamId}${path}`,
      headers: { [TICKET_HEADER]: signTicket(key, ticket) },
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const { promise, resolve, reject } = Promise.withResolvers<DoorAnswer>();
    asked.once('error', reject);
    asked.once('response', (response) => {
      const status = response.statusCode ?? 0;
      const read = status === 204 ? text(response) : json(response);
      read.then((value) => resolve({ status, body: value === '' ? undefined : value }), reject);
    });
    return promise;
  }
}
