import { type Kind, type KindName, SOFTWARE } from './kinds.ts';

export interface ChoiceOptions {
  /** Coders of devices, in the order in which they are tried. */
  readonly kinds: readonly Kind[];
  /** Names of files of `/dev`, those of its folder `dri` as `dri/NAME`. */
  readonly devices: () => Promise<readonly string[]>;
  /** Codes some pictures by it, apart from this process: a driver may crash. */
  readonly tryOut: (name: KindName) => Promise<boolean>;
}

/** Which coder is used: the first of a device that does what is needed, else the library's own. */
export class Choice {
  readonly #options: ChoiceOptions;
  #chosen: Promise<Kind> | undefined;
  #failed = false;

  constructor(options: ChoiceOptions) {
    this.#options = options;
  }

  /** Tried out once. */
  async kind(): Promise<Kind> {
    this.#chosen ??= this.#choose();
    const chosen = await this.#chosen;
    return this.#failed ? SOFTWARE : chosen;
  }

  /** It failed with pictures of a stream: it is not used any more by this process. */
  failed(kind: Kind): void {
    if (kind !== SOFTWARE) this.#failed = true;
  }

  async #choose(): Promise<Kind> {
    const { kinds, tryOut } = this.#options;
    const devices = await this.#options.devices();
    for (const kind of kinds) {
      const present = devices.some((device) => kind.devices?.test(device));
      if (present && (await tryOut(kind.name))) return kind;
    }
    return SOFTWARE;
  }
}
