import { once } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FauxqsServer, startFauxqs } from 'fauxqs';

/** `away`: connections are cut. `truncating`: bodies end halfway, in both directions. `slow`: each body waits on its way. */
export type Weather = 'fair' | 'away' | 'failing' | 'truncating' | 'silent' | 'slow';

const SLOW_MS = 400;

export const BUCKET = 'footage';

/** A real S3-compatible store behind a front that can be away, answer 500, truncate or say nothing. */
export class FlakyStore implements AsyncDisposable {
  weather: Weather = 'fair';
  /** Method and path of what reached the front. */
  readonly asked: string[] = [];
  readonly #store: FauxqsServer;
  readonly #front: Server;

  private constructor(store: FauxqsServer) {
    this.#store = store;
    this.#front = http.createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<FlakyStore> {
    const store = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
    store.createBucket(BUCKET);
    const flaky = new FlakyStore(store);
    flaky.#front.listen(0, '127.0.0.1');
    await once(flaky.#front, 'listening');
    return flaky;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#front.address() as AddressInfo).port}`;
  }

  /** What the store holds under a key, past the front; undefined when nothing. */
  async object(key: string): Promise<Buffer | undefined> {
    const answer = await fetch(`http://127.0.0.1:${this.#store.port}/${BUCKET}/${key}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    return answer.ok ? bytes : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#front.closeAllConnections();
    this.#front.close();
    await this.#store.stop();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(`${request.method} ${request.url}`);
    if (this.weather === 'away') request.socket.destroy();
    else if (this.weather === 'failing') {
      request.resume();
      response.writeHead(500).end('<Error><Code>InternalError</Code></Error>');
    } else if (this.weather !== 'silent') this.#pass(request, response, this.weather === 'truncating');
  }

  #pass(request: IncomingMessage, response: ServerResponse, truncates: boolean): void {
    const { method, url, headers } = request;
    const upstream = http.request({ port: this.#store.port, host: '127.0.0.1', method, path: url, headers });
    const size = Number(headers['content-length'] ?? 0);
    if (this.weather === 'slow') {
      request.pause();
      setTimeout(() => request.resume(), SLOW_MS);
    }
    let passed = 0;
    request.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      if (truncates && size > 1_000 && passed > size / 2) {
        upstream.destroy();
        request.socket.destroy();
      } else upstream.write(chunk);
    });
    request.on('end', () => upstream.end());
    upstream.on('error', () => request.socket.destroy());
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      const length = Number(answer.headers['content-length'] ?? 0);
      let given = 0;
      answer.on('data', (chunk: Buffer) => {
        given += chunk.length;
        if (truncates && length > 1_000 && given > length / 2) request.socket.destroy();
        else response.write(chunk);
      });
      answer.on('end', () => response.end());
    });
  }
}
