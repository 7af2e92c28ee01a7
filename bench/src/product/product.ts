import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApiClient,
  eventually,
  Program,
  processesWith,
  REPOSITORY,
  TEST_CONFIG,
} from '@nightjar/e2e/harness';

/** A first start may install packages and build the page. */
const START_TIMEOUT_MS = 300_000;
const DRAIN_MS = 8000;

/** The product as its users run it, by `./nightjar start`, with its data in a new temporary folder. */
export class Product implements AsyncDisposable {
  readonly api: ApiClient;
  readonly dataDir: string;
  readonly #launcher: Program;

  private constructor(launcher: Program, dataDir: string, api: ApiClient) {
    this.#launcher = launcher;
    this.dataDir = dataDir;
    this.api = api;
  }

  /** `env`: what its programs find besides. */
  static async start({ env = {} }: { env?: Record<string, string> } = {}): Promise<Product> {
    const dataDir = await mkdtemp(join(tmpdir(), 'nightjar-bench-'));
    const config = join(dataDir, 'bench.yaml');
    await writeFile(config, TEST_CONFIG);
    const token = randomBytes(24).toString('base64url');
    const ports = ['HTTP', 'RTSP', 'RTMP', 'WEBRTC'].map((name) => [`NIGHTJAR_${name}_PORT`, '0'] as const);
    const launcher = await Program.start({
      name: './nightjar start',
      command: join(REPOSITORY, 'nightjar'),
      args: ['start', '--config', config, '--data', dataDir],
      env: { ...env, ...Object.fromEntries(ports), NIGHTJAR_DATA_DIR: dataDir, NIGHTJAR_ADMIN_TOKEN: token },
    });
    const healthy = async () => {
      if (launcher.exit) throw new Error(`./nightjar start ended:\n${launcher.output}`);
      const { http } = JSON.parse(await readFile(join(dataDir, 'ports.json'), 'utf8')) as { http: number };
      const base = `http://127.0.0.1:${http}`;
      return (await fetch(`${base}/health`)).ok && base;
    };
    try {
      const base = await eventually('a healthy product', healthy, { timeoutMs: START_TIMEOUT_MS });
      return new Product(launcher, dataDir, new ApiClient(base, token));
    } catch (error) {
      await launcher.stop(DRAIN_MS);
      throw new Error(`${String(error)}\n${launcher.output}`, { cause: error });
    }
  }

  /** Process ids of each program, and of the launcher's own shells. */
  async parts(): Promise<Record<string, number[]>> {
    const own = async (name: string) =>
      Number(await readFile(join(this.dataDir, 'run', 'launcher', `${name}.pid`), 'utf8'));
    const [engine, server] = [await own('engine'), await own('server')];
    const all = await processesWith(`NIGHTJAR_DATA_DIR=${this.dataDir}`);
    const launcher = all.map(({ pid }) => pid).filter((pid) => pid !== engine && pid !== server);
    return { engine: [engine], server: [server], launcher };
  }

  /** The port of one of its listeners, as it says itself. */
  async port(name: 'rtsp' | 'rtmp'): Promise<number> {
    const ports = JSON.parse(await readFile(join(this.dataDir, 'ports.json'), 'utf8')) as Record<
      string,
      number
    >;
    return ports[name]!;
  }

  /** What it printed last. */
  get output(): string {
    return this.#launcher.output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#launcher.stop(DRAIN_MS);
    const left = await processesWith(`NIGHTJAR_DATA_DIR=${this.dataDir}`);
    await rm(this.dataDir, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`processes left behind: ${JSON.stringify(left)}`);
  }
}
