import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../domain-error.ts';
import { hasCode, replaceFile } from '../files.ts';
import { createSerial } from '../serial.ts';
import { type Config, parseConfig } from './config.ts';
import { ConfigurationError } from './configuration-error.ts';
import { type JsonValue, patchYaml } from './patch-yaml.ts';

/** Keys that are read once: their change counts from the next start of the program. */
const AT_START: ReadonlySet<string> = new Set([
  'server.host',
  'server.port',
  'server.tls',
  'server.trusted_proxies',
  'recording.base_path',
  'surfaces.privacy',
  'redis.host',
  'redis.port',
  'redis.user',
  'redis.tls',
  'redis.prefix',
]);

/** Which keys differ from what is in force, as `section.key`. */
export interface Difference {
  reload: string[];
  restart: string[];
}

interface Options {
  reference: string;
  /** Relative paths of the file are meant from here. */
  dataDir: string;
  path: string;
}

type Sections = Record<string, Record<string, unknown>>;

/** The keys that differ between two configurations. */
function differing(a: Config, b: Config): string[] {
  const [one, other] = [a, b] as unknown as [Sections, Sections];
  return Object.entries(one).flatMap(([section, values]) =>
    Object.keys(values)
      .filter((key) => JSON.stringify(values[key]) !== JSON.stringify(other[section]?.[key]))
      .map((key) => `${section}.${key}`),
  );
}

/** What is wrong in the file as INVALID_CONFIGURATION that names its keys. */
function refusal(error: ConfigurationError): DomainError {
  const issues = error.lines.map((line) => {
    const [field = 'body', ...message] = line.split(': ');
    return { field, message: message.join(': ') };
  });
  return new DomainError('INVALID_CONFIGURATION', error.lines[0], { field: issues[0]?.field, issues });
}

/** The configuration in force, and the file it comes from. */
export class Settings {
  readonly #options: Options;
  readonly #inTurn = createSerial();
  readonly #listeners: ((changed: readonly string[]) => void)[] = [];
  #config: Config;

  private constructor(options: Options, config: Config) {
    this.#options = options;
    this.#config = config;
  }

  /**
   * Reads the file given by `--config`, else `nightjar.yaml` in the data directory, which need not be there.
   * Throws `ConfigurationError`.
   */
  static async open(options: {
    reference: string;
    dataDir: string;
    configFile: string | undefined;
  }): Promise<Settings> {
    const { reference, dataDir, configFile } = options;
    const path = configFile ?? join(dataDir, 'nightjar.yaml');
    const own = await readOwn(path, configFile !== undefined);
    return new Settings({ reference, dataDir, path }, parseConfig({ reference, own }, dataDir));
  }

  get config(): Config {
    return this.#config;
  }

  /** Called after a reload with the keys that changed. */
  onReload(listener: (changed: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Lays a JSON merge patch over the file, checks the whole and writes it. What is in force stays until
   * `reload`. Throws INVALID_CONFIGURATION and writes nothing.
   */
  update(patch: Record<string, JsonValue>): Promise<{ file: Config; pending: Difference }> {
    return this.#inTurn(async () => {
      const { path } = this.#options;
      const before = (await readOwn(path, false)) ?? '';
      this.parse(before);
      const text = Object.keys(patch).length === 0 ? before : patchYaml(before, patch);
      const file = this.parse(text);
      if (text !== before) await write(path, text);
      return { file, pending: this.#difference(file) };
    });
  }

  /** The file as it is; undefined where there is none. */
  text(): Promise<string | undefined> {
    return readOwn(this.#options.path, false);
  }

  /** Throws INVALID_CONFIGURATION when the text could not be the file. */
  check(text: string): void {
    this.parse(text);
  }

  /** Makes a checked text the file; it counts after `reload`. */
  replace(text: string): Promise<void> {
    return this.#inTurn(() => write(this.#options.path, text));
  }

  /** Puts into force what the file says. Throws INVALID_CONFIGURATION and leaves everything as it was. */
  reload(): Promise<Difference> {
    return this.#inTurn(async () => {
      const file = this.parse((await readOwn(this.#options.path, false)) ?? '');
      const difference = this.#difference(file);
      const { server, recording } = this.#config;
      const { base_path } = recording;
      this.#config = { ...file, server, recording: { ...file.recording, base_path } };
      if (difference.reload.length > 0) {
        for (const listener of this.#listeners) listener(difference.reload);
      }
      return difference;
    });
  }

  /** The configuration that a text would be as the file. Throws INVALID_CONFIGURATION. */
  parse(own: string): Config {
    const { reference, dataDir } = this.#options;
    try {
      return parseConfig({ reference, own }, dataDir);
    } catch (error) {
      throw error instanceof ConfigurationError ? refusal(error) : error;
    }
  }

  #difference(file: Config): Difference {
    const keys = differing(this.#config, file);
    return {
      reload: keys.filter((key) => !AT_START.has(key)),
      restart: keys.filter((key) => AT_START.has(key)),
    };
  }
}

async function readOwn(path: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!required && hasCode(error, 'ENOENT')) return undefined;
    throw new ConfigurationError([`--config: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** Writes where a link leads to and keeps who may read it. */
async function write(path: string, text: string): Promise<void> {
  try {
    const real = await realpath(path);
    await replaceFile(real, text, (await stat(real)).mode & 0o777);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    await replaceFile(path, text);
  }
}
