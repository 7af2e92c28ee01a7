import { join } from 'node:path';
import type { DesiredState, MetricsSample, OutboundPolicy } from '@nightjar/contract/link';
import { EngineStream, type StreamSurroundings } from './engine-stream.ts';

export type RegistryOptions = Omit<StreamSurroundings, 'basePath'>;

/** All streams of the engine; converges on what the server desires. */
export class StreamRegistry {
  readonly #options: RegistryOptions;
  readonly #streams = new Map<string, EngineStream>();
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

  /** Streams, and how many of them come as datagrams. */
  get load(): { streams: number; datagrams: number } {
    let datagrams = 0;
    for (const stream of this.#streams.values()) if (stream.transport === 'udp') datagrams++;
    return { streams: this.#streams.size, datagrams };
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

  get(id: string): EngineStream | undefined {
    return this.#streams.get(id);
  }

  observed(): EngineStream['observed'][] {
    return [...this.#streams.values()].map((stream) => stream.observed);
  }

  samples(): MetricsSample[] {
    return [...this.#streams].map(([stream_id, stream]) => ({ stream_id, metrics: stream.metrics() }));
  }

  /** Makes the streams what `desired` says; unchanged ones are not touched. */
  apply(desired: DesiredState): void {
    if (this.#closed) return;
    this.#desired = desired;
    const wanted = new Set(desired.streams.map((stream) => stream.id));
    for (const [id, stream] of this.#streams) {
      if (wanted.has(id)) continue;
      this.#streams.delete(id);
      this.#leave(stream.close('stopped'));
    }
    for (const stream of desired.streams) {
      const existing = this.#streams.get(stream.id);
      if (existing) existing.update(stream);
      else
        this.#streams.set(
          stream.id,
          new EngineStream(stream, { ...this.#options, basePath: () => this.#base() }),
        );
    }
  }

  /** Resolves when all streams have done what they were told so far, those that left included. */
  async settled(): Promise<void> {
    await Promise.all([...this.#leaving, ...[...this.#streams.values()].map((stream) => stream.settled())]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    await Promise.all([...this.#leaving, ...streams.map((stream) => stream.close('shutdown'))]);
  }

  #base(): string {
    const path = this.basePath;
    if (path === undefined) throw new Error('no footage before the first desired state');
    return path;
  }

  #leave(leaving: Promise<void>): void {
    const kept = leaving.finally(() => this.#leaving.delete(kept));
    this.#leaving.add(kept);
  }
}
