import { isDeepStrictEqual } from 'node:util';
import type { DesiredPush, DesiredState, PushFact } from '@nightjar/contract/link';
import { Push, type PushOptions } from './push.ts';

export interface PushesOptions extends Omit<PushOptions, 'streamId' | 'push' | 'stream' | 'readBuffer'> {
  /** What is shown of a stream: with privacy on, its covered rendition. */
  readonly stream: (id: string) => ReturnType<PushOptions['stream']>;
}

/** All streams that are sent on to servers outside; converges on what the server desires. */
export class Pushes {
  readonly #options: PushesOptions;
  readonly #readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
  readonly #pushes = new Map<string, { readonly wanted: DesiredPush; readonly push: Push }>();
  readonly #leaving = new Set<Promise<void>>();
  #closed = false;

  constructor(options: PushesOptions) {
    this.#options = options;
  }

  /** How each stands, for a server that has just come. */
  get facts(): PushFact[] {
    return [...this.#pushes.values()].map(({ push }) => push.fact);
  }

  /** Servers outside that are sent media now: each has viewers of its own. */
  get live(): number {
    return this.facts.filter(({ state }) => state === 'live').length;
  }

  /** Makes the pushes what `desired` says; unchanged ones are not touched. */
  apply({ streams }: Pick<DesiredState, 'streams'>): void {
    if (this.#closed) return;
    const wanted = new Map<string, { streamId: string; push: DesiredPush }>(
      streams.flatMap(({ id, running, pushes = [] }) =>
        running ? pushes.map((push) => [`${id}/${push.id}`, { streamId: id, push }] as const) : [],
      ),
    );
    for (const [key, { wanted: before, push }] of this.#pushes) {
      if (isDeepStrictEqual(wanted.get(key)?.push, before)) continue;
      this.#pushes.delete(key);
      this.#leave(push.close());
    }
    for (const [key, { streamId, push }] of wanted) {
      if (!this.#pushes.has(key)) this.#pushes.set(key, { wanted: push, push: this.#start(streamId, push) });
    }
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { push } of this.#pushes.values()) this.#leave(push.close());
    this.#pushes.clear();
    await Promise.all(this.#leaving);
  }

  #start(streamId: string, push: DesiredPush): Push {
    const stream = () => this.#options.stream(streamId);
    return new Push({ ...this.#options, streamId, push, stream, readBuffer: this.#readBuffer });
  }

  #leave(leaving: Promise<void>): void {
    const kept = leaving.finally(() => this.#leaving.delete(kept));
    this.#leaving.add(kept);
  }
}
