import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { signTicket, TICKET_HEADER } from '@nightjar/contract/link';

/** Asks a listening door on loopback for what is behind `/live/{stream_id}/`, with a good ticket. */
export class DoorClient {
  readonly #server: Server;
  readonly #key: Buffer;
  readonly #streamId: string;

  constructor(server: Server, key: Buffer, streamId: string) {
    this.#server = server;
    this.#key = key;
    this.#streamId = streamId;
  }

  get headers(): Record<string, string> {
    const exp = Math.floor(Date.now() / 1000) + 30;
    return { [TICKET_HEADER]: signTicket(this.#key, { stream_id: this.#streamId, exp, sub: 'user:test' }) };
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#port}/live/${this.#streamId}/${path}`;
  }

  get(path: string, init: { method?: string; headers?: Record<string, string> } = {}): Promise<Response> {
    return fetch(this.url(path), { ...init, headers: { ...this.headers, ...init.headers } });
  }

  /** The status line's number for a whole path that no client library has tidied. */
  async rawStatus(path: string): Promise<number> {
    const socket = connect(this.#port, '127.0.0.1');
    const ticket = `${TICKET_HEADER}: ${this.headers[TICKET_HEADER]}`;
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${ticket}\r\nconnection: close\r\n\r\n`);
    return Number((await text(socket)).split(' ')[1]);
  }

  get #port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
}
