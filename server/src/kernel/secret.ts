import { inspect } from 'node:util';

const HIDDEN = '***';

/** A text that shows itself to nobody but who asks for it by name: not in logs, JSON, errors or templates. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Call it where it leaves for the one place it is meant for. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
