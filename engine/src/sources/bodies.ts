import { FlvReader } from '@nightjar/media/flv';
import { TsToStream } from '@nightjar/media/intake';
import { MjpegToStream } from '@nightjar/media/mjpeg';
import { FlvToStream } from '@nightjar/media/rtmp';
import type { Containers } from '../vision/index.ts';
import { ForeignBody } from './foreign.ts';
import type { Pull } from './pull.ts';
import type { SourceOptions } from './source.ts';

/** Takes the body of an answer. */
export interface Body extends Pick<Pull, 'counters' | 'lastFrame' | 'trouble'> {
  /** A promise: nothing more is taken until it resolves. Throws MalformedError. */
  read(chunk: Buffer): Promise<void> | void;
  /** The answer is whole: resolves when all of it was played. At once when absent. */
  finish?(): Promise<void>;
  close(): void;
}

export interface BodyOptions {
  readonly options: SourceOptions;
  readonly containers: Containers | undefined;
  readonly lose: (error: unknown) => void;
}

/** What cameras send over HTTP, by the type of the answer; the first that fits. */
const BODIES: readonly (readonly [RegExp, (about: BodyOptions) => Body])[] = [
  [/^multipart\/(?:x-mixed-replace|mixed)\b/i, ({ options }) => new MjpegToStream(options)],
  [/^(?:video|application)\/(?:x-)?flv\b/i, ({ options }) => flvBody(options)],
  [/^video\/mp2t\b/i, ({ options }) => new TsToStream(options)],
  [
    /^(?:video|audio)\/|^application\/(?:octet-stream|mp4|ogg|x-matroska)\b|^$/i,
    (about) => new Unnamed(about),
  ],
];

/** Who takes an answer of this type; undefined: nobody. */
export function bodyOf(type: string, about: BodyOptions): Body | undefined {
  return BODIES.find(([pattern]) => pattern.test(type))?.[1](about);
}

/** FLV, as encoders and older cameras send it; the flags of its header mean nothing (quirk 59). */
function flvBody(options: SourceOptions): Body {
  const ingest = new FlvToStream(options);
  const reader = new FlvReader(ingest);
  return {
    get counters() {
      return ingest.counters;
    },
    get lastFrame() {
      return ingest.lastFrame;
    },
    get trouble() {
      return ingest.trouble;
    },
    read: (chunk) => reader.read(chunk),
    close: () => ingest.close(),
  };
}

/** A body whose type says little: its first bytes do. */
class Unnamed implements Body {
  readonly #about: BodyOptions;
  readonly #begun: number;
  #body: Body | undefined;

  constructor(about: BodyOptions) {
    this.#about = about;
    this.#begun = about.options.clock.monotonic();
  }

  get counters() {
    return this.#body?.counters ?? { bytes: 0, packets: 0, lost: 0, dropped: 0 };
  }

  get lastFrame(): number {
    return this.#body?.lastFrame ?? this.#begun;
  }

  get trouble(): string | undefined {
    return this.#body?.trouble;
  }

  read(chunk: Buffer): Promise<void> | void {
    this.#body ??= this.#choose(chunk);
    return this.#body.read(chunk);
  }

  async finish(): Promise<void> {
    await this.#body?.finish?.();
  }

  close(): void {
    this.#body?.close();
  }

  #choose(first: Buffer): Body {
    const { options, containers, lose } = this.#about;
    if (first.toString('latin1', 0, 3) === 'FLV') return flvBody(options);
    return new ForeignBody(options, containers, lose);
  }
}
