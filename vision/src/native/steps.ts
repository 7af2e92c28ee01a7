import { PixelError } from '../backend.ts';

export interface StepsOptions {
  /** Called once, when all is over; no step comes behind it. */
  readonly free: () => void;
  /** A step threw PixelError: the session can give nothing more. */
  readonly failed: (message: string) => void;
}

/** The work of a session, one step after another: a context has one call at a time, and nothing is freed under one. */
export class Steps {
  readonly #options: StepsOptions;
  #over = false;
  #last: Promise<void> = Promise.resolve();

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Settles when the step is behind it. */
  add(step: () => Promise<void>): Promise<void> {
    this.#last = this.#last
      .then(() => (this.#over ? undefined : step()))
      .catch((error: unknown) => {
        this.#end();
        if (!(error instanceof PixelError)) throw error;
        this.#options.failed(error.message);
      });
    return this.#last;
  }

  /** Idempotent; settles when everything is freed. */
  close(): Promise<void> {
    this.#last = this.#last.then(() => this.#end());
    return this.#last;
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.free();
  }
}
