/** From when on a stream's index may differ from its files. */
export interface Doubt {
  /** ISO 8601. */
  readonly since: string;
}

/**
 * Since when the index is in doubt, by stream. It is noted as the engine comes, before it tells anything: newer files
 * of which it tells say nothing about older ones of which an engine that died did not tell.
 */
export class Doubts {
  readonly #ask: (streamId: string) => Promise<string>;
  readonly #noted = new Map<string, Doubt>();

  /** `ask`: what the index itself says, ISO 8601. */
  constructor(ask: (streamId: string) => Promise<string>) {
    this.#ask = ask;
  }

  /** The engine has come anew: what was in doubt before stays so. */
  async note(streamIds: readonly string[]): Promise<void> {
    for (const id of streamIds) this.#noted.set(id, { since: await this.#least(id) });
  }

  async of(streamId: string): Promise<Doubt> {
    const noted = this.#noted.get(streamId);
    const since = await this.#least(streamId);
    return noted?.since === since ? noted : { since };
  }

  /** The index was made equal to the files from there on, unless the engine has come anew meanwhile. */
  settle(streamId: string, doubt: Doubt | undefined = this.#noted.get(streamId)): void {
    if (this.#noted.get(streamId) === doubt) this.#noted.delete(streamId);
  }

  async #least(streamId: string): Promise<string> {
    const now = await this.#ask(streamId);
    return [now, this.#noted.get(streamId)?.since ?? now].sort()[0]!;
  }
}
