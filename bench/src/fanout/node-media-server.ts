import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, outputOf, Program } from '@nightjar/e2e/harness';

/** Ports that nothing else of a bench machine should have. */
const [RTMP, HTTP] = [41_935, 41_880];
const START_MS = 30_000;

/** node-media-server with a publisher that sends it a clip by RTMP, as its users run it. */
export class NodeMediaServer implements AsyncDisposable {
  readonly target = { host: '127.0.0.1', port: HTTP };
  readonly path = '/live/bench.flv';
  readonly #folder: string;
  readonly #server: Program;
  readonly #publisher: Program;

  private constructor(folder: string, server: Program, publisher: Program) {
    this.#folder = folder;
    this.#server = server;
    this.#publisher = publisher;
  }

  static async start(clip: string): Promise<NodeMediaServer> {
    const folder = await mkdtemp(join(tmpdir(), 'nightjar-bench-nms-'));
    const main = createRequire(import.meta.url).resolve('node-media-server');
    const config = {
      bind: '127.0.0.1',
      rtmp: { port: RTMP },
      http: { port: HTTP },
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
    const to = `rtmp://127.0.0.1:${RTMP}/live/bench`;
    const input = ['-nostdin', '-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', film];
    const begin = () =>
      Program.start({
        name: 'ffmpeg publisher',
        command: 'ffmpeg',
        args: [...input, '-c', 'copy', '-f', 'flv', to],
      });
    await eventually('node-media-server to listen', () => listens(), { timeoutMs: START_MS });
    return new NodeMediaServer(folder, server, await begin());
  }

  get pids(): number[] {
    return [this.#server.pid];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#publisher[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function listens(): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${HTTP}/`, { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  }
}
