import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Containers } from '../vision/index.ts';
import { ForeignBody } from './foreign.ts';
import { type MakePull, type Pull, pullSource } from './pull.ts';
import { SourceError, type SourceOptions, type StartSource } from './source.ts';

const CHUNK = 64 * 1024;
/** A link that came after the look is not followed, and a pipe is not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface FileSourceOptions {
  /** Absolute folder whose files may be played; none when undefined. */
  readonly folder?: () => string | undefined;
  /** Who reads containers that we have no reader for; nobody when absent. */
  readonly containers?: Containers;
}

/** Plays a file of the configured folder in real time, again and again: a camera for tests and demonstrations. */
export function fileSource(around: FileSourceOptions): StartSource {
  return pullSource((options, lose) => new FilePull(options, lose, around));
}

class FilePull implements Pull {
  readonly #options: SourceOptions;
  readonly #lose: Parameters<MakePull>[1];
  readonly #folder: string | undefined;
  readonly #body: ForeignBody;
  #closed = false;
  #playing: Promise<void> = Promise.resolve();

  constructor(options: SourceOptions, lose: Parameters<MakePull>[1], around: FileSourceOptions) {
    this.#options = options;
    this.#lose = lose;
    this.#folder = around.folder?.();
    this.#body = new ForeignBody(options, around.containers, lose);
  }

  get counters() {
    return this.#body.counters;
  }

  get lastFrame(): number {
    return this.#body.lastFrame;
  }

  get trouble(): string | undefined {
    return this.#body.trouble;
  }

  async open(): Promise<void> {
    const file = await openWithin(this.#folder, this.#options.source.url);
    this.#playing = this.#play(file).catch(this.#lose);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#body.close();
    await this.#playing;
  }

  async #play(file: FileHandle): Promise<void> {
    try {
      while (!this.#closed) {
        const before = this.#body.counters.packets;
        await this.#round(file);
        if (!this.#closed && this.#body.counters.packets === before) {
          throw new SourceError('no_playable_track', 'the file has neither picture nor sound');
        }
      }
    } finally {
      await file.close();
    }
  }

  async #round(file: FileHandle): Promise<void> {
    for (let at = 0; !this.#closed; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      await this.#body.read(buffer.subarray(0, bytesRead));
    }
    await this.#body.round();
  }
}

/** The file that `file:NAME` names, wherever links lead, as long as it lies in the folder. */
async function openWithin(folder: string | undefined, url: string): Promise<FileHandle> {
  if (folder === undefined) throw new SourceError('target_denied', 'files are not played here');
  const name = nameOf(url);
  if (name === undefined) throw new SourceError('not_found', 'the address names no file');
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
    if (!path.startsWith(root + sep)) throw new SourceError('target_denied', 'the file is in another folder');
    const file = await open(path, FLAGS);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
  throw new SourceError('not_found', 'there is no such file');
}

/** `file:a/b.mp4` and `file:///a/b.mp4` are the same: below the folder. */
function nameOf(url: string): string | undefined {
  const name = /^file:(?:\/\/)?\/?(.+)$/i.exec(url)?.[1];
  try {
    const decoded = name && decodeURIComponent(name);
    return decoded?.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
