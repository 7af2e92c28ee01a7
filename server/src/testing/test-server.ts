import { randomBytes } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ManagerError } from '@nightjar/contract/manager';
import type { InjectOptions, RouteOptions } from 'fastify';
import {
  type Clock,
  createLog,
  hasCode,
  type IceServer,
  Secret,
  Settings,
  type StoreKeys,
  systemClock,
} from '../kernel/index.ts';
import { createServer, type Server } from '../server.ts';

interface Options {
  /** Kept between two servers of one test; the caller removes it. */
  dataDir?: string;
  clock?: Clock;
  config?: string;
  /** null: none is given. */
  adminToken?: string | null;
  adminPassword?: string;
  printSignIn?: boolean;
  iceServers?: readonly IceServer[];
  oidcSecret?: string;
  databasePassword?: Secret;
  redisPassword?: Secret;
  storeKeys?: StoreKeys;
  lookup?: (name: string) => Promise<LookupAddress[]>;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  /** Parsed JSON; the text when it is none. */
  body: unknown;
  text: string;
}

/** Limits and retention out of the way; tests of them give their own. */
const CONFIG = `
limits: {reads_per_minute: 100000, writes_per_minute: 100000}
recording: {retention_days: 36500}
`;

const reference = await readFile(new URL('../../nightjar.default.yaml', import.meta.url), 'utf8');

export const newDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'nightjar-server-'));

/** What is given replaces the file; nothing given leaves one that is there. */
async function configure(dataDir: string, config: string | undefined): Promise<void> {
  try {
    const flag = config === undefined ? 'wx' : 'w';
    await writeFile(join(dataDir, 'nightjar.yaml'), config ?? CONFIG, { flag });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** The whole control process in this process, called without a socket unless `listen` is asked for. */
export class TestServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly token: string;
  readonly logged: string[] = [];
  readonly printed: string[] = [];
  readonly settings: Settings;
  readonly #server: Server;
  readonly #removes: boolean;

  private constructor(parts: {
    dataDir: string;
    token: string;
    settings: Settings;
    server: Server;
    removes: boolean;
    logged: string[];
    printed: string[];
  }) {
    this.dataDir = parts.dataDir;
    this.token = parts.token;
    this.settings = parts.settings;
    this.logged = parts.logged;
    this.printed = parts.printed;
    this.#server = parts.server;
    this.#removes = parts.removes;
  }

  static async start(options: Options = {}): Promise<TestServer> {
    const dataDir = options.dataDir ?? (await newDataDir());
    const token = options.adminToken ?? randomBytes(32).toString('base64url');
    const logged: string[] = [];
    const printed: string[] = [];
    await configure(dataDir, options.config);
    const settings = await Settings.open({ reference, dataDir, configFile: undefined });
    const server = await createServer(
      {
        clock: options.clock ?? systemClock,
        log: createLog({ level: 'trace', write: (line) => logged.push(line) }),
        print: (line) => printed.push(line),
        lookup: options.lookup ?? (() => Promise.reject(new Error('no resolver'))),
        interfaces: () => ({}),
        version: '0.1.0',
      },
      {
        configFile: undefined,
        dataDir,
        ports: { http: 0 },
        iceServers: options.iceServers ?? [],
        adminPassword: new Secret(options.adminPassword ?? 'Wv7Lm2Rb8Yc5Hn3P'),
        adminToken: options.adminToken === null ? undefined : new Secret(token),
        oidcSecret: options.oidcSecret === undefined ? undefined : new Secret(options.oidcSecret),
        storeKeys: options.storeKeys ?? {},
        databasePassword: options.databasePassword,
        redisPassword: options.redisPassword,
        printSignIn: options.printSignIn ?? false,
        parentPipe: false,
        logLevel: 'trace',
      },
      settings,
    );
    return new TestServer({ dataDir, token, settings, server, removes: !options.dataDir, logged, printed });
  }

  get config(): Settings['config'] {
    return this.settings.config;
  }

  get access(): Server['access'] {
    return this.#server.access;
  }

  /** Every route there is. */
  get routes(): readonly RouteOptions[] {
    return this.#server.app.declaredRoutes;
  }

  get app(): Server['app'] {
    return this.#server.app;
  }

  /** Opens listener and link; the address of the listener. */
  async listen(): Promise<string> {
    return `http://127.0.0.1:${await this.#server.listen()}`;
  }

  /** As the administrator; `body` is sent as JSON, or as it is when a string. */
  async call(
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await this.app.inject({
      method: method as NonNullable<InjectOptions['method']>,
      url,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.statusCode,
      headers: response.headers,
      text: response.body,
      body: parsed(response.body),
    };
  }

  /** The answer's body when its status is `status`. */
  async expect<T = unknown>(status: number, method: string, url: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, url, body);
    if (answer.status !== status) throw new Error(`${method} ${url}: ${answer.status} ${answer.text}`);
    return answer.body as T;
  }

  /** Settles when the readiness line is out. */
  async settled(): Promise<void> {
    await eventually(() => this.printed[0]);
  }

  /** Everything that is in the database's files. */
  async stored(): Promise<string> {
    const files = ['nightjar.db', 'nightjar.db-wal'].map((name) =>
      readFile(join(this.dataDir, name), 'latin1').catch(() => ''),
    );
    return (await Promise.all(files)).join('');
  }

  /** Settles with the first line of the log for which `holds` is true. */
  log(holds: (line: string) => boolean): Promise<string> {
    return eventually(() => this.logged.find(holds));
  }

  /** Rows of a table as they are in the database. */
  rows(table: string): Record<string, unknown>[] {
    const database = new DatabaseSync(join(this.dataDir, 'nightjar.db'), { timeout: 5_000 });
    try {
      return database.prepare(`select * from ${table}`).all();
    } finally {
      database.close();
    }
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    if (this.#removes) await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** The S2 error in an answer. */
export const errorOf = (answer: Answer): ManagerError['error'] => (answer.body as ManagerError).error;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Asks until the answer is not undefined; for what only polling can see. */
export async function eventually<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not happen within 10 s');
}
