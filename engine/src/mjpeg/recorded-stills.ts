import type { RecordedFrames } from '../playback/index.ts';
import { describe, type Vision } from '../vision/index.ts';
import type { PictureOptions } from './options.ts';

/** A still of footage. */
export interface RecordedStill {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** UTC milliseconds at which its picture was shown: the asked-for instant, or a little before it. */
  readonly utc: number;
  /** It is of the key frame nearest to the instant: too many were asked for at once. */
  readonly near: boolean;
}

/** Whose footage, and which of it. */
export interface RecordedOf {
  readonly streamId: string;
  readonly coveredOnly: boolean;
  /** See `Exchange` of the footage. */
  readonly originals?: string | undefined;
}

export interface RecordedStillsOptions {
  readonly vision: Pick<Vision, 'still'>;
  /** Where footage is read from. */
  readonly footage: {
    framesAt(of: RecordedOf, utc: number, how: { keyAlone: boolean }): Promise<RecordedFrames>;
  };
}

/** Stills that are made at a time to the very picture, where the nearest key frame would do. */
const EXACT_AT_ONCE = 2;

/** Pictures of recorded footage at an instant: thumbnails, snapshots of the past. */
export class RecordedStills {
  readonly #options: RecordedStillsOptions;
  #underway = 0;

  constructor(options: RecordedStillsOptions) {
    this.#options = options;
  }

  /**
   * The picture that was shown at `utc` (milliseconds); with `near` that of the nearest key frame will do while
   * others are waited for: half a group of pictures costs ten times as much to decode. Rejects with
   * PlaybackRefusal 404 where there is no footage, and with VisionError.
   */
  async at(
    of: RecordedOf,
    utc: number,
    options: PictureOptions & { near?: boolean },
  ): Promise<RecordedStill> {
    const near = options.near === true && this.#underway >= EXACT_AT_ONCE;
    this.#underway++;
    try {
      return { ...(await this.#make(of, utc, { ...options, near })), near };
    } finally {
      this.#underway--;
    }
  }

  async #make(
    of: RecordedOf,
    utc: number,
    { width, quality, near }: PictureOptions & { near: boolean },
  ): Promise<Omit<RecordedStill, 'near'>> {
    const { vision, footage } = this.#options;
    const { format, frames, at } = await footage.framesAt(of, utc, { keyAlone: near });
    const still = await vision.still(of.streamId, {
      track: describe(format),
      units: frames.map(({ data, time, utc: arrival, key }) => ({ data, time, arrival, key, show: true })),
      at,
      width,
      quality,
    });
    const shown = frames.find(({ time }) => time === still.time) ?? frames[0]!;
    return { jpeg: still.jpeg, width: still.width, height: still.height, utc: shown.utc };
  }
}
