/** The labels of files: each that is wanted goes to one file. */
export class Labels {
  readonly #wanted: () => string | undefined;
  #used: string | undefined;

  constructor(wanted: () => string | undefined) {
    this.#wanted = wanted;
  }

  /** For the next file; undefined when there is none, or it was taken. */
  take(): string | undefined {
    const label = this.#wanted();
    if (label === this.#used) return undefined;
    this.#used = label;
    return label;
  }

  /** The file could not be made: the label is for the next one. */
  giveBack(label: string | undefined): void {
    if (label !== undefined && this.#used === label) this.#used = undefined;
  }
}
