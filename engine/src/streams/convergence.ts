import { DesiredState } from '@nightjar/contract/link';
import type { Log } from '../kernel/index.ts';
import type { StreamRegistry } from './registry.ts';

export interface ConvergenceOptions {
  readonly registry: Pick<StreamRegistry, 'apply' | 'settled'>;
  /** Resolves when recording may begin under the folder. */
  readonly footage: { prepare(basePath: string): Promise<void> };
  /** Where the last desired state survives a restart. */
  readonly memory: { read(): Promise<string | undefined>; write(text: string): Promise<void> };
  readonly log: Pick<Log, 'error'>;
}

/** Takes desired states one after the other, newest wins, and remembers the last for a start without server. */
export class Convergence {
  readonly #options: ConvergenceOptions;
  #next: DesiredState | undefined;
  #work: Promise<void> | undefined;
  #heard = false;

  constructor(options: ConvergenceOptions) {
    this.#options = options;
  }

  desire(desired: DesiredState): void {
    this.#heard = true;
    this.#next = desired;
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
  }

  /** Resolves when the newest desired state is applied and every stream has done what it says. */
  async settled(): Promise<void> {
    await this.#work;
    await this.#options.registry.settled();
  }

  /** Goes on with what the server wanted last, unless it has already spoken. */
  async remember(): Promise<void> {
    const { memory, footage, registry, log } = this.#options;
    try {
      const text = await memory.read();
      if (text === undefined) return;
      const last = DesiredState.parse(JSON.parse(text));
      if (this.#heard) return;
      await footage.prepare(last.base_path);
      if (!this.#heard) registry.apply(last);
    } catch (error) {
      log.error('the last desired state could not be taken up', { error });
    }
  }

  async #run(): Promise<void> {
    const { registry, footage, memory, log } = this.#options;
    while (this.#next) {
      const desired = this.#next;
      this.#next = undefined;
      try {
        await footage.prepare(desired.base_path);
        registry.apply(desired);
        await memory.write(JSON.stringify(desired));
      } catch (error) {
        log.error('the desired state could not be applied or kept', { error });
      }
    }
  }
}
