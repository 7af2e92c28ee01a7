import type { Fact, ViewerFact, ViewerSample } from '@nightjar/contract/link';

/** Who watches, and what they were sent so far. */
export interface ViewerView extends ViewerFact {
  /** Bytes given to it. */
  bytes: number;
  /** Frames left out because it did not keep up. */
  dropped: number;
}

/** Everybody who watches now. All of it is memory: the engine says it anew at each hello. */
export class Viewers {
  readonly #viewers = new Map<string, ViewerView>();

  /** Newest last. */
  list(): readonly ViewerView[] {
    return [...this.#viewers.values()];
  }

  count(streamId: string): number {
    return this.list().filter((viewer) => viewer.stream_id === streamId).length;
  }

  /** The engine said who watches; all that was believed is void. */
  engineHello(viewers: readonly ViewerFact[]): void {
    this.#viewers.clear();
    for (const viewer of viewers) this.#viewers.set(viewer.id, { ...viewer, bytes: 0, dropped: 0 });
  }

  engineAway(): void {
    this.#viewers.clear();
  }

  engineSamples(samples: readonly ViewerSample[]): void {
    for (const { id, bytes, dropped } of samples) {
      const viewer = this.#viewers.get(id);
      if (viewer) Object.assign(viewer, { bytes, dropped });
    }
  }

  /** Nothing is stored: who watched is told as events. */
  async store(): Promise<void> {
    return undefined;
  }

  observe(fact: Fact): void {
    if (fact.kind === 'viewer.closed') this.#viewers.delete(fact.id);
    if (fact.kind !== 'viewer.opened') return;
    const { kind, ...viewer } = fact;
    this.#viewers.set(viewer.id, { ...viewer, bytes: 0, dropped: 0 });
  }
}
