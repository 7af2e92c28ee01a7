import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectAsync } from 'mqtt';
import { eventually } from '../../../testing/index.ts';

interface Message {
  topic: string;
  payload: string;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A real Mosquitto on a port of its own, for tests. */
export class Broker implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #login: { username: string; password: string };
  readonly #ends: (() => Promise<void>)[] = [];

  private constructor(parts: { port: number; child: ChildProcess; folder: string; login: Broker['login'] }) {
    this.url = `mqtt://127.0.0.1:${parts.port}`;
    this.#child = parts.child;
    this.#folder = parts.folder;
    this.#login = parts.login;
  }

  static async start(username: string, password: string): Promise<Broker> {
    const folder = await mkdtemp(join(tmpdir(), 'nightjar-mqtt-'));
    const [words, config] = [join(folder, 'words'), join(folder, 'mosquitto.conf')];
    await promisify(execFile)('mosquitto_passwd', ['-b', '-c', words, username, password]);
    const port = await freePort();
    const user = process.getuid?.() === 0 ? 'user root\n' : '';
    await writeFile(config, `listener ${port} 127.0.0.1\npassword_file ${words}\npersistence false\n${user}`);
    const child = spawn('mosquitto', ['-c', config], { stdio: 'ignore' });
    const broker = new Broker({ port, child, folder, login: { username, password } });
    await eventually(async () => {
      const client = await broker.#connect().catch(() => undefined);
      await client?.endAsync();
      return client;
    });
    return broker;
  }

  get login(): { username: string; password: string } {
    return this.#login;
  }

  /** The next message on topics that match. */
  heard(filter: string): { ready: Promise<void>; next: Promise<Message> } {
    const { promise: next, resolve } = Promise.withResolvers<Message>();
    const ready = this.#connect().then(async (client) => {
      this.#ends.push(() => client.endAsync());
      client.once('message', (topic, payload) => resolve({ topic, payload: payload.toString() }));
      await client.subscribeAsync(filter);
    });
    return { ready, next };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) await end();
    const gone = once(this.#child, 'exit');
    this.#child.kill();
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }

  #connect() {
    return connectAsync(this.url, { ...this.#login, reconnectPeriod: 0 });
  }
}
