import { join } from 'node:path';
import type {
  DesiredState,
  DesiredStream,
  MetricsSample,
  OutboundPolicy,
  PublisherTakeover,
} from '@nightjar/contract/link';
import type { CoverPictures } from '../privacy/index.ts';
import type { EngineStream, StreamSurroundings } from './engine-stream.ts';
import { StreamPair } from './pair.ts';

export type RegistryOptions = Omit<StreamSurroundings, 'basePath' | 'after' | 'filmedSince'> & {
  /** Covers pictures; without it a stream whose privacy is on has none. */
  readonly cover?: CoverPictures;
};

/** All streams of the engine; converges on what the server desires. */
export class StreamRegistry {
  readonly #options: RegistryOptions;
  readonly #pairs = new Map<string, StreamPair>();
  readonly #leaving = new Set<Promise<void>>();
  #desired: DesiredState | undefined;
  #closed = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** The policy in force; nothing may be reached before the first desired state. */
  get outbound(): OutboundPolicy {
    return this.#desired?.outbound ?? { allow: [], deny: ['0.0.0.0/0', '::/0'], ports: [] };
  }

  /** What the listeners show inside TLS. */
  get tls(): DesiredState['tls'] {
    return this.#desired?.tls;
  }

  /** Streams, how many of them come as datagrams, and behind how many of those others may have been left waiting. */
  get load(): { streams: number; datagrams: number; mayWait: number } {
    let [datagrams, mayWait] = [0, 0];
    for (const { shown, original } of this.#pairs.values()) {
      const source = original ?? shown;
      if (source.transport !== 'udp') continue;
      datagrams++;
      mayWait += source.mayWait;
    }
    return { streams: this.#pairs.size, datagrams, mayWait };
  }

  /** Folder whose files may be sources. */
  get filesPath(): string | undefined {
    return this.#desired?.files_path;
  }

  /** Whether a second publisher of a stream may take the place of the first. */
  get takeover(): PublisherTakeover {
    return this.#desired?.publisher_takeover ?? 'when_silent';
  }

  get basePath(): string | undefined {
    return this.#desired?.base_path;
  }

  /** Folders with a stream's footage of other tiers. */
  otherFolders(id: string): string[] {
    return (this.#desired?.other_folders ?? []).map((folder) => join(folder, id));
  }

  /** Some footage lies in object stores. */
  get distant(): boolean {
    return this.#desired?.distant === true;
  }

  /** What is shown of a stream. `unblurred`: to somebody who may see the original as well. */
  get(id: string, unblurred = false): EngineStream | undefined {
    const pair = this.#pairs.get(id);
    return unblurred ? (pair?.original ?? pair?.shown) : pair?.shown;
  }

  /** What is recorded of a stream, its original included. */
  recorded(id: string): Pick<StreamPair, 'writing' | 'retellFootage' | 'keepFootage'> | undefined {
    return this.#pairs.get(id);
  }

  /** The stream that a path of the RTSP listener stands for, and whether knowing the path is enough. */
  atPath(path: string): { id: string; open: boolean } | undefined {
    const found = this.#desired?.streams.find(({ rtsp_path }) => rtsp_path === path);
    return found && { id: found.id, open: found.rtsp_open === true };
  }

  observed(): EngineStream['observed'][] {
    return [...this.#pairs.values()].map(({ shown }) => shown.observed);
  }

  samples(): MetricsSample[] {
    return [...this.#pairs].map(([stream_id, { shown }]) => ({ stream_id, metrics: shown.metrics() }));
  }

  /** Makes the streams what `desired` says; unchanged ones are not touched. */
  apply(desired: DesiredState): void {
    if (this.#closed) return;
    this.#desired = desired;
    const wanted = new Set(desired.streams.map((stream) => stream.id));
    for (const [id, pair] of this.#pairs) {
      if (wanted.has(id)) continue;
      this.#pairs.delete(id);
      void this.#leave(pair.close('stopped'));
    }
    for (const stream of desired.streams) this.#applyOne(stream);
  }

  /** Resolves when all streams have done what they were told so far, those that left included. */
  async settled(): Promise<void> {
    await Promise.all([...this.#leaving, ...[...this.#pairs.values()].map((pair) => pair.settled())]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pairs = [...this.#pairs.values()];
    this.#pairs.clear();
    await Promise.all([...this.#leaving, ...pairs.map((pair) => pair.close('shutdown'))]);
  }

  /** Where privacy is turned on or off another stream is made: nothing of the one before is left in memory. */
  #applyOne(desired: DesiredStream): void {
    const existing = this.#pairs.get(desired.id);
    if (existing?.fits(desired)) {
      existing.update(desired);
      return;
    }
    const after = existing && this.#leave(existing.close('stopped'));
    const basePath = (): string => this.#base();
    const { cover, ...options } = this.#options;
    const filmedSince = existing && this.#options.clock.utc();
    this.#pairs.set(desired.id, new StreamPair(desired, { ...options, basePath, cover, after, filmedSince }));
  }

  #base(): string {
    const path = this.basePath;
    if (path === undefined) throw new Error('no footage before the first desired state');
    return path;
  }

  #leave(leaving: Promise<void>): Promise<void> {
    const kept = leaving.finally(() => this.#leaving.delete(kept));
    this.#leaving.add(kept);
    return kept;
  }
}
