import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Detector, InferenceDevice, ModelFacts } from '@nightjar/contract';
import { ModelName } from '@nightjar/contract';
import { type Clock, createSerial, DomainError, hasCode, invalid, replaceFile } from '../kernel/index.ts';
import type { CheckResult } from './check.ts';
import { readFacts, TooLarge, upTo, writtenFacts } from './facts.ts';

/** A network in the folder, and whether it can be used. */
export interface InstalledModel {
  readonly name: string;
  /** null where the YAML beside it is missing or wrong. */
  readonly facts: ModelFacts | null;
  readonly size: number;
  readonly state: 'checking' | 'ready' | 'refused';
  /** Why it was refused. */
  readonly message: string | null;
  /** Milliseconds one picture took when it was checked. */
  readonly ms: number | null;
}

interface Options {
  /** What the configuration says now. */
  settings: () => { enabled: boolean; folder: string; device: InferenceDevice; threads: number };
  check: (detector: Detector) => Promise<CheckResult>;
  clock: Pick<Clock, 'every'>;
  /** Other networks can be used than before. */
  changed: () => void;
  failed: (error: unknown) => void;
}

interface Entry extends InstalledModel {
  /** Another one when one of its files is. */
  readonly version: string;
}

const ENDING = '.onnx';
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_MODELS = 100;
/** Milliseconds between two looks at the folder: files may be put there by hand. */
const LOOK_MS = 10_000;

/** The networks in the folder of the configuration, each tried in a sandbox before it is used. */
export class Models {
  readonly #options: Options;
  readonly #entries = new Map<string, Entry>();
  readonly #inTurn = createSerial();
  readonly #stop: () => void;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    this.#stop = options.clock.every(LOOK_MS, () => this.look());
  }

  /** Looks at the folder, and tries what is new. */
  look(): void {
    this.scan().catch(this.#options.failed);
  }

  async list(): Promise<InstalledModel[]> {
    await this.scan();
    return [...this.#entries.values()];
  }

  /** Throws NOT_FOUND. */
  async get(name: string): Promise<InstalledModel> {
    await this.scan();
    const found = this.#entries.get(name);
    if (!found) throw new DomainError('NOT_FOUND', 'There is no such model', { name });
    return found;
  }

  /**
   * What finds things of these classes, all of them when there are none: the network of this name, or the first
   * that knows one. undefined: none that can be used.
   */
  detector(name: string | null, classes: readonly string[]): Detector | undefined {
    if (!this.#options.settings().enabled) return undefined;
    const found = [...this.#entries.values()].find(({ facts, state, ...entry }) => {
      if (state !== 'ready' || (name !== null && entry.name !== name)) return false;
      return classes.length === 0 || facts?.classes.some((each) => classes.includes(each));
    });
    return found && this.#detectorOf(found);
  }

  /** Takes a network over, tried first. Throws CONFLICT, INVALID_CONFIGURATION. */
  async install(name: string, facts: ModelFacts, bytes: Readable): Promise<InstalledModel> {
    // Whoever sends may go before anybody reads.
    bytes.on('error', () => undefined);
    const { folder } = this.#options.settings();
    await mkdir(folder, { recursive: true });
    const half = join(folder, `.${randomBytes(6).toString('hex')}.part`);
    try {
      await pipeline(bytes, upTo(MAX_BYTES), createWriteStream(half, { flags: 'wx', mode: 0o600 }));
      return await this.#inTurn(() => this.#keep(name, facts, half));
    } catch (error) {
      throw error instanceof TooLarge ? invalid('body', `more than ${MAX_BYTES} bytes`) : error;
    } finally {
      await rm(half, { force: true });
    }
  }

  /** Throws NOT_FOUND. */
  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#scanNow();
      if (!this.#entries.delete(name)) throw new DomainError('NOT_FOUND', 'There is no such model', { name });
      const { folder } = this.#options.settings();
      // Who covers pictures by it covers them whole before the file is gone.
      this.#options.changed();
      await rm(join(folder, name + ENDING), { force: true });
      await rm(join(folder, `${name}.yaml`), { force: true });
    });
  }

  /** Resolves when what is in the folder is known, and what is new was tried. */
  scan(): Promise<void> {
    return this.#inTurn(() => this.#scanNow());
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  async #keep(name: string, facts: ModelFacts, half: string): Promise<InstalledModel> {
    const { folder } = this.#options.settings();
    await this.#scanNow();
    if (this.#entries.has(name)) throw new DomainError('CONFLICT', 'There is a model of this name', { name });
    const { size } = await stat(half);
    const tried = await this.#options.check(this.#detectorOf({ name, facts, version: '' }, half));
    if (!tried.ok) throw invalid('body', tried.message);
    await replaceFile(join(folder, `${name}.yaml`), writtenFacts(facts));
    await rename(half, join(folder, name + ENDING));
    const version = await this.#versionOf(name);
    const entry: Entry = { name, facts, size, state: 'ready', message: null, ms: tried.ms, version };
    this.#entries.set(name, entry);
    this.#options.changed();
    return entry;
  }

  async #scanNow(): Promise<void> {
    const { folder } = this.#options.settings();
    const files = await readdir(folder).catch(absent);
    const names = files
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length))
      .filter((name) => ModelName.safeParse(name).success)
      .sort()
      .slice(0, MAX_MODELS);
    let changed = false;
    for (const name of this.#entries.keys()) {
      if (names.includes(name)) continue;
      this.#entries.delete(name);
      changed = true;
    }
    for (const name of names) changed = (await this.#take(name)) || changed;
    if (changed && !this.#closed) this.#options.changed();
  }

  /** True when it is another one than before. */
  async #take(name: string): Promise<boolean> {
    const { folder } = this.#options.settings();
    const version = await this.#versionOf(name);
    if (this.#closed || this.#entries.get(name)?.version === version) return false;
    const { size } = await stat(join(folder, name + ENDING));
    const facts = await readFacts(join(folder, `${name}.yaml`));
    const about = { name, size, version, ms: null, message: null };
    if (typeof facts === 'string') {
      this.#entries.set(name, { ...about, facts: null, state: 'refused', message: facts });
      return true;
    }
    this.#entries.set(name, { ...about, facts, state: 'checking' });
    const tried = await this.#options.check(this.#detectorOf({ name, facts, version }));
    this.#entries.set(
      name,
      tried.ok
        ? { ...about, facts, state: 'ready', ms: tried.ms }
        : { ...about, facts, state: 'refused', message: tried.message },
    );
    return true;
  }

  async #versionOf(name: string): Promise<string> {
    const { folder } = this.#options.settings();
    const paths = [join(folder, name + ENDING), join(folder, `${name}.yaml`)];
    const texts = await Promise.all(
      paths.map(async (path) => {
        const found = await stat(path).catch(gone);
        return found ? `${found.size}-${Math.round(found.mtimeMs)}` : 'none';
      }),
    );
    return texts.join('_');
  }

  #detectorOf({ name, facts, version }: Pick<Entry, 'name' | 'facts' | 'version'>, file?: string): Detector {
    const { folder, device, threads } = this.#options.settings();
    const { size = 640, layout = 'yolov8', classes = [] } = facts ?? {};
    const [width, height] = typeof size === 'number' ? [size, size] : size;
    const path = file ?? join(folder, name + ENDING);
    return { name, file: path, version, width, height, layout, classes, device, threads };
  }
}

function absent(error: unknown): string[] {
  if (hasCode(error, 'ENOENT')) return [];
  throw error;
}

function gone(error: unknown): undefined {
  if (hasCode(error, 'ENOENT')) return undefined;
  throw error;
}
