import { type Fact, isSealed } from '@nightjar/contract/link';

/** `waiting`: wanted, but nothing to record just now. */
export type RecordingState = 'recording' | 'waiting' | 'stopped' | 'failed';

export interface Activity {
  state: RecordingState;
  /** The segment that grows; only with `recording`. */
  filename: string | undefined;
}

/** What the engine was last seen recording, from its facts; memory only. */
export class RecordingActivity {
  readonly #streams = new Map<string, Activity>();
  readonly #watchers = new Set<() => void>();

  apply(fact: Fact): void {
    const id = fact.stream_id;
    const filename = this.#streams.get(id)?.filename;
    // Beside covered footage originals are recorded; alone, their state is told, and no name.
    if ('filename' in fact && isSealed(fact.filename)) return;
    if (fact.kind === 'segment.opened' || fact.kind === 'segment.grown') {
      this.#streams.set(id, { state: 'recording', filename: fact.filename });
    } else if (fact.kind === 'segment.closed' && fact.filename === filename) {
      this.#streams.set(id, { state: 'waiting', filename: undefined });
    } else if (fact.kind === 'recording.state') {
      this.#streams.set(id, {
        state: fact.state,
        filename: fact.state === 'recording' ? filename : undefined,
      });
    }
    this.#wake();
  }

  forgetAll(): void {
    this.#streams.clear();
    this.#wake();
  }

  forget(id: string): void {
    this.#streams.delete(id);
    this.#wake();
  }

  /** Calls `watcher` after every change; the returned function ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #wake(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  of(id: string): Activity | undefined {
    return this.#streams.get(id);
  }
}
