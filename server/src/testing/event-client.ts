import { once } from 'node:events';
import WebSocket from 'ws';

export type Message = Record<string, unknown> & { type: string };

/** A client of the event socket that keeps all it is told. */
export class EventClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #watchers: (() => void)[] = [];

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)) as Message);
      for (const wake of this.#watchers.splice(0)) wake();
    });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.socket.on('error', () => undefined);
  }

  /** Settles once the socket is open. */
  async opened(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  /** The status and body that refused the upgrade; 101 when nothing did. */
  refusal(): Promise<{ status: number; headers: Record<string, unknown>; body: unknown }> {
    const { promise, resolve } = Promise.withResolvers<{
      status: number;
      headers: Record<string, unknown>;
      body: unknown;
    }>();
    this.socket.once('open', () => resolve({ status: 101, headers: {}, body: undefined }));
    this.socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) }),
      );
    });
    return promise;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message for which `holds` is true, now or later. */
  async until(holds: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(holds);
      if (found) return found;
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  ofType(type: string): Promise<Message> {
    return this.until((message) => message.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
