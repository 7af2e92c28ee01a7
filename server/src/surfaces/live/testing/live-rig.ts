import type { RequestListener } from 'node:http';
import { FakeEngine, TestServer } from '../../../testing/index.ts';

/** A server on a port, and engines whose door answers as a test says. */
export class LiveRig implements AsyncDisposable {
  readonly server: TestServer;
  readonly base: string;

  private constructor(server: TestServer, base: string) {
    this.server = server;
    this.base = base;
  }

  static async start(options?: Parameters<typeof TestServer.start>[0]): Promise<LiveRig> {
    const server = await TestServer.start(options);
    return new LiveRig(server, await server.listen());
  }

  engineWith(door: RequestListener): Promise<FakeEngine> {
    return FakeEngine.start(this.server.dataDir, { door });
  }

  ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Response> {
    return fetch(`${this.base}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  }

  /** What `ask` gives, asked while an engine answers everything; and whether anything came to that engine. */
  async reaching<T>(ask: () => Promise<T>): Promise<{ answer: T; reached: boolean }> {
    let reached = false;
    await using _engine = await this.engineWith((_request, response) => {
      reached = true;
      response.end();
    });
    return { answer: await ask(), reached };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}
