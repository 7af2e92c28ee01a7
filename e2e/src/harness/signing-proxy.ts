import { createServer, request, type Server } from 'node:http';
import type { ApiClient } from './api.ts';

/** A reverse proxy on loopback that adds the token, for clients that cannot send a header of their own. */
export class SigningProxy implements AsyncDisposable {
  readonly base: string;
  readonly #server: Server;

  private constructor(server: Server, base: string) {
    this.#server = server;
    this.base = base;
  }

  static async start(api: ApiClient): Promise<SigningProxy> {
    const server = createServer((incoming, outgoing) => {
      const headers = { ...incoming.headers, authorization: `Bearer ${api.token}` };
      const upstream = request(new URL(incoming.url ?? '/', api.base), { headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      upstream.on('error', () => outgoing.destroy());
      outgoing.on('close', () => upstream.destroy());
      upstream.end();
    });
    const listening = Promise.withResolvers<void>();
    server.once('error', listening.reject);
    server.listen(0, '127.0.0.1', listening.resolve);
    await listening.promise;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP address');
    return new SigningProxy(server, `http://127.0.0.1:${address.port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.#server.close(() => closed.resolve());
    this.#server.closeAllConnections();
    await closed.promise;
  }
}
