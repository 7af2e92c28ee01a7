import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type Instruction, readDockerfile, type Stage } from './dockerfile.ts';

export interface ImageOptions {
  /** What `docker build` would send: the files of the repository that are not left out. */
  readonly context: string;
  /** Stages are made below it. */
  readonly folder: string;
  /** Takes the place of a step; false: the step is carried out. */
  readonly instead?: (instruction: Instruction, place: string) => Promise<boolean>;
}

/** How the last stage is run. */
export interface Image {
  /** What is `/` inside. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly health: readonly string[];
  readonly stopSignal: string;
}

const run = promisify(execFile);
const REGISTRY =
  /^(npm_config_(registry|userconfig|cafile|.*proxy)|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy)$/i;
const STEP_MS = 15 * 60_000;
const MAX_SAID = 64 * 1024 * 1024;
/** What the base image brings, by name, and where it lies here. */
const PATH = process.env['PATH'] ?? '';

/** How this machine reaches its package registry, which is not the image's matter. */
function registry(): Record<string, string> {
  const known = Object.entries(process.env).filter(([name]) => REGISTRY.test(name));
  const settings = { npm_config_userconfig: join(homedir(), '.npmrc') };
  return { ...settings, ...(Object.fromEntries(known) as Record<string, string>) };
}

/** Carries out a Dockerfile step by step in folders: what is `/` in a stage is a folder here, programs are this machine's. */
export class ImageBuilder {
  readonly #options: ImageOptions;
  readonly #done = new Map<string, Building>();

  constructor(options: ImageOptions) {
    this.#options = options;
  }

  async build(): Promise<Image> {
    const stages = readDockerfile(await readFile(join(this.#options.context, 'Dockerfile'), 'utf8'));
    let last: Building | undefined;
    for (const stage of stages) last = await this.#stage(stage);
    if (!last) throw new Error('no stage');
    return last.image;
  }

  async #stage(stage: Stage): Promise<Building> {
    const { folder, context, instead } = this.#options;
    const root = join(folder, stage.name);
    const base = this.#done.get(stage.from);
    if (base) await cp(base.root, root, { recursive: true });
    await mkdir(root, { recursive: true });
    const building = new Building(root, base);
    for (const instruction of stage.instructions) {
      if (await instead?.(instruction, building.place)) continue;
      const from = instruction.flags['from'];
      const source = from === undefined ? context : this.#done.get(from)?.root;
      if (source === undefined) throw new Error(`no stage ${from}`);
      await building.step(instruction, source);
    }
    this.#done.set(stage.name, building);
    return building;
  }
}

class Building {
  readonly root: string;
  #workdir = '/';
  #env: Record<string, string> = {};
  #user = 'root';
  #entrypoint: string[] = [];
  #command: string[] = [];
  #health: string[] = [];
  #stopSignal = '';

  constructor(root: string, base: Building | undefined) {
    this.root = root;
    if (base) [this.#workdir, this.#env] = [base.#workdir, { ...base.#env }];
  }

  /** The working directory, as it lies here. */
  get place(): string {
    return join(this.root, this.#workdir);
  }

  get image(): Image {
    return {
      root: this.root,
      workdir: this.place,
      env: this.#environment,
      user: this.#user,
      entrypoint: this.#entrypoint,
      command: this.#command,
      health: this.#health,
      stopSignal: this.#stopSignal,
    };
  }

  /** What is a path inside is one below the stage's folder here. */
  get #environment(): Record<string, string> {
    const inside = Object.entries(this.#env).map(([name, value]) => [
      name,
      value.startsWith('/') ? join(this.root, value) : value,
    ]);
    return { PATH, HOME: join(this.root, 'root'), ...Object.fromEntries(inside) };
  }

  /** `source`: the context, or what is `/` of another stage. */
  async step({ name, text }: Instruction, source: string): Promise<void> {
    if (name === 'WORKDIR') {
      this.#workdir = text;
      await mkdir(this.place, { recursive: true });
    } else if (name === 'ENV') {
      for (const [, key, value] of text.matchAll(/(\w+)=(\S+)/g)) this.#env[key!] = value!;
    } else if (name === 'COPY') await this.#copy(text.split(/\s+/), source);
    else if (name === 'RUN') await this.#run(text);
    else this.#note(name, text);
  }

  #note(name: string, text: string): void {
    if (name === 'USER') this.#user = text;
    else if (name === 'ENTRYPOINT') this.#entrypoint = JSON.parse(text) as string[];
    else if (name === 'CMD') this.#command = JSON.parse(text) as string[];
    else if (name === 'STOPSIGNAL') this.#stopSignal = text;
    else if (name === 'HEALTHCHECK') this.#health = JSON.parse(text.replace(/^CMD\s+/, '')) as string[];
    else if (name !== 'EXPOSE' && name !== 'VOLUME')
      throw new Error(`an instruction that is not known: ${name}`);
  }

  async #copy(paths: string[], source: string): Promise<void> {
    const to = join(this.place, paths.pop()!);
    for (const path of paths) {
      const from = join(source, path);
      // A folder gives what is in it, a file goes into a folder under its name.
      const isFile = (await stat(from)).isFile();
      const into = isFile && (paths.length > 1 || to.endsWith('/')) ? join(to, basename(path)) : to;
      await cp(from, into, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    }
  }

  async #run(text: string): Promise<void> {
    const env = { ...registry(), ...this.#environment };
    const options = { cwd: this.place, env, timeout: STEP_MS, maxBuffer: MAX_SAID };
    await run('sh', ['-ec', text], options);
  }
}
