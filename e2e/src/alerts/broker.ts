import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { outputOf, Program } from '../harness/index.ts';
import { freePort, listening } from '../platform/front.ts';

/** A real Mosquitto, and what is published there; retained messages stay, as for who comes later. */
export class Broker implements AsyncDisposable {
  readonly url: string;
  /** The last payload of each topic. */
  readonly topics = new Map<string, string>();
  readonly #program: Program;
  readonly #client: MqttClient;
  readonly #folder: string;

  private constructor(parts: { url: string; program: Program; client: MqttClient; folder: string }) {
    this.url = parts.url;
    this.#program = parts.program;
    this.#client = parts.client;
    this.#folder = parts.folder;
    this.#client.on('message', (topic, payload) => this.topics.set(topic, payload.toString()));
  }

  static async start(login: { username: string; password: string }): Promise<Broker> {
    const folder = await mkdtemp(join(tmpdir(), 'nightjar-broker-'));
    const [words, config] = [join(folder, 'words'), join(folder, 'mosquitto.conf')];
    await outputOf('mosquitto_passwd', ['-b', '-c', words, login.username, login.password]);
    const port = await freePort();
    const user = process.getuid?.() === 0 ? 'user root\n' : '';
    const settings = `listener ${port} 127.0.0.1\npassword_file ${words}\npersistence false\n${user}`;
    await writeFile(config, settings);
    const program = await Program.start({ name: 'mosquitto', command: 'mosquitto', args: ['-c', config] });
    await listening(port);
    const url = `mqtt://127.0.0.1:${port}`;
    const client = await connectAsync(url, { ...login, reconnectPeriod: 0 });
    const broker = new Broker({ url, program, client, folder });
    await client.subscribeAsync('#');
    return broker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync();
    await this.#program[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
