import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, outputOf, Program } from '@nightjar/e2e/harness';
import { freePort } from '../product/free-port.ts';

const START_MS = 30_000;
/** Bytes that are pictures and no longer heads. */
const ENOUGH = 100_000;

/** node-media-server with a publisher that sends it a clip by RTMP, as its users run it. */
export class NodeMediaServer implements AsyncDisposable {
  readonly target: { readonly host: string; readonly port: number };
  readonly path = '/live/bench.flv';
  readonly #folder: string;
  readonly #server: Program;
  readonly #publisher: Program;

  private constructor(folder: string, http: number, server: Program, publisher: Program) {
    this.#folder = folder;
    this.target = { host: '127.0.0.1', port: http };
    this.#server = server;
    this.#publisher = publisher;
  }

  static async start(clip: string): Promise<NodeMediaServer> {
    const [rtmp, http] = [await freePort(), await freePort()];
    const folder = await mkdtemp(join(tmpdir(), 'nightjar-bench-nms-'));
    const main = createRequire(import.meta.url).resolve('node-media-server');
    const config = {
      bind: '127.0.0.1',
      rtmp: { port: rtmp },
      http: { port: http },
      auth: { play: false, publish: false, secret: '', jwt: { secret: 'bench', users: [] } },
      store: { path: join(folder, 'data') },
      record: { auto: false, path: join(folder, 'record') },
      webadmin: { enable: false },
      notify: { url: '' },
    };
    const file = join(folder, 'main.cjs');
    const quiet = 'console.log = () => undefined; console.debug = console.log; console.info = console.log;';
    await writeFile(
      file,
      `${quiet}const Nms = require(${JSON.stringify(main)}); new Nms(${JSON.stringify(config)}, '').run();`,
    );
    const server = await Program.start({
      name: 'node-media-server',
      command: process.execPath,
      args: [file],
      cwd: folder,
    });
    // Raw H.264 has no times, without which ffmpeg does not keep the pace.
    const film = join(folder, 'film.mp4');
    const copy = ['-nostdin', '-loglevel', 'error', '-r', '30', '-i', clip, '-c', 'copy', film];
    await outputOf('ffmpeg', copy, { timeoutMs: START_MS });
    const to = `rtmp://127.0.0.1:${rtmp}/live/bench`;
    const input = ['-nostdin', '-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', film];
    const begin = () =>
      Program.start({
        name: 'ffmpeg publisher',
        command: 'ffmpeg',
        args: [...input, '-c', 'copy', '-f', 'flv', to],
      });
    const listens = async () => (await reached(rtmp)) && (await reached(http));
    await eventually('node-media-server to listen', listens, { timeoutMs: START_MS });
    const peer = new NodeMediaServer(folder, http, server, await begin());
    try {
      await eventually('node-media-server to have media', () => peer.#hasMedia(), { timeoutMs: START_MS });
      return peer;
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pids(): number[] {
    return [this.#server.pid];
  }

  /** Whether a viewer is sent more than the head of a file. */
  async #hasMedia(): Promise<boolean> {
    const { host, port } = this.target;
    const answer = await fetch(`http://${host}:${port}${this.path}`, { signal: AbortSignal.timeout(2_000) });
    let bytes = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length;
      if (bytes > ENOUGH) return true;
    }
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#publisher[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Rejects where nothing listens. */
async function reached(port: number): Promise<true> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
