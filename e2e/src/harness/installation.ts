import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from './api.ts';
import { eventually } from './eventually.ts';
import { type ProcessFact, processesWith } from './processes.ts';
import { Program } from './program.ts';
import { REPOSITORY } from './repository.ts';

/**
 * Cameras on 127.0.0.1 are allowed, and a test may ask as often as it likes. Files end at multiples of their
 * duration by the clock: with days, no test that counts files runs over such a moment but at midnight UTC.
 */
export const TEST_CONFIG = `network:
  allow: ["127.0.0.1/32"]
recording:
  segment_duration: 86400
limits:
  reads_per_minute: 1000000
  writes_per_minute: 1000000
`;

const START_TIMEOUT_MS = 15_000;
const DRAIN_MS = 5000;

export interface Ports {
  readonly http: number;
  readonly rtsp: number;
  readonly rtmp: number;
}

export interface InstallationOptions {
  /** YAML; by default `TEST_CONFIG`. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Server and engine as two children with their data in a new folder under the temporary folder; each can be
 * killed and started again alone. Disposal drains both, removes the folder and fails when anything is left.
 */
export class Installation implements AsyncDisposable {
  readonly dataDir: string;
  readonly token: string;
  /** How the last drain went: milliseconds from SIGTERM to exit. */
  drained: { engineMs: number; serverMs: number } | undefined;
  readonly #env: Record<string, string>;
  readonly #config: string;
  #ports: Ports = { http: 0, rtsp: 0, rtmp: 0 };
  #engine: Program | undefined;
  #server: Program | undefined;

  private constructor(dataDir: string, config: string, env: Readonly<Record<string, string>>) {
    this.dataDir = dataDir;
    this.token = randomBytes(24).toString('base64url');
    this.#config = config;
    this.#env = { ...env, NIGHTJAR_DATA_DIR: dataDir, NIGHTJAR_ADMIN_TOKEN: this.token };
  }

  static async start(options: InstallationOptions = {}): Promise<Installation> {
    const dataDir = await mkdtemp(join(tmpdir(), 'nightjar-e2e-'));
    const config = join(dataDir, 'nightjar.yaml');
    await writeFile(config, options.config ?? TEST_CONFIG);
    const installation = new Installation(dataDir, config, options.env ?? {});
    try {
      await Promise.all([installation.startEngine(), installation.startServer()]);
      await installation.ready();
      return installation;
    } catch (error) {
      const logs = installation.logs();
      await installation[Symbol.asyncDispose]();
      throw new Error(`installation did not start: ${String(error)}\n${logs}`, { cause: error });
    }
  }

  get api(): ApiClient {
    return new ApiClient(`http://127.0.0.1:${this.#ports.http}`, this.token);
  }

  get ports(): Ports {
    return this.#ports;
  }

  get engine(): Program {
    if (!this.#engine) throw new Error('the engine was never started');
    return this.#engine;
  }

  get server(): Program {
    if (!this.#server) throw new Error('the server was never started');
    return this.#server;
  }

  async startEngine(): Promise<Program> {
    this.#engine = await this.#program('engine', ['engine/dist/main.js']);
    return this.#engine;
  }

  async startServer(): Promise<Program> {
    this.#server = await this.#program('server', ['server/dist/main.js', '--config', this.#config]);
    return this.#server;
  }

  /** Waits for `ports.json` and a healthy answer; keeps the ports, so that a restart takes them again. */
  async ready(): Promise<void> {
    const look = async () => {
      const ports = JSON.parse(await readFile(join(this.dataDir, 'ports.json'), 'utf8')) as Ports;
      if (!(ports.http > 0)) return false;
      const health = await fetch(`http://127.0.0.1:${ports.http}/health`);
      return health.ok && ports;
    };
    const ended = [this.engine, this.server].map(async (program): Promise<never> => {
      const exit = await program.exited;
      throw new Error(`${program.name} ended: ${JSON.stringify(exit)}`);
    });
    const healthy = eventually('ports.json and /health', look, { timeoutMs: START_TIMEOUT_MS });
    this.#ports = await Promise.race([healthy, ...ended]);
  }

  /** SIGTERM to both, the order of `./nightjar start`: together. */
  async drain(): Promise<void> {
    const stop = async (program: Program | undefined) =>
      program && !program.exit ? (await program.stop(DRAIN_MS)).tookMs : 0;
    const [engineMs, serverMs] = await Promise.all([stop(this.#engine), stop(this.#server)]);
    this.drained = { engineMs, serverMs };
  }

  /** Everything alive that this installation started. */
  processes(): Promise<ProcessFact[]> {
    return processesWith(`NIGHTJAR_DATA_DIR=${this.dataDir}`);
  }

  /** The last lines of both programs. */
  logs(): string {
    return [this.#server, this.#engine]
      .map((program) => (program ? `--- ${program.name}\n${program.output}` : ''))
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.drain();
      const left = await this.processes();
      for (const { pid } of left) process.kill(pid, 'SIGKILL');
      if (left.length > 0) throw new Error(`processes left behind: ${JSON.stringify(left)}`);
    } finally {
      if (process.env['NIGHTJAR_E2E_KEEP'] === '1') console.error(`kept: ${this.dataDir}`);
      else await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  #program(name: string, args: readonly string[]): Promise<Program> {
    const ports = {
      NIGHTJAR_HTTP_PORT: String(this.#ports.http),
      NIGHTJAR_RTSP_PORT: String(this.#ports.rtsp),
      NIGHTJAR_RTMP_PORT: String(this.#ports.rtmp),
      NIGHTJAR_WEBRTC_PORT: '0',
    };
    return Program.start({
      name,
      command: process.execPath,
      args,
      cwd: REPOSITORY,
      // The thread pool of the launcher: stuck disk writes must not stop name look-ups.
      env: { UV_THREADPOOL_SIZE: '8', ...this.#env, ...ports },
    });
  }
}
