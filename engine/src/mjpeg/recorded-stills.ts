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
}

export interface RecordedStillsOptions {
  readonly vision: Pick<Vision, 'still'>;
  /** Where footage is read from. */
  readonly footage: {
    framesAt(of: { streamId: string; coveredOnly: boolean }, utc: number): Promise<RecordedFrames>;
  };
}

/** Pictures of recorded footage at an instant: thumbnails, snapshots of the past. */
export class RecordedStills {
  readonly #options: RecordedStillsOptions;

  constructor(options: RecordedStillsOptions) {
    this.#options = options;
  }

  /**
   * The picture that was shown at `utc` (milliseconds). Rejects with PlaybackRefusal 404 where there is no
   * footage, and with VisionError.
   */
  async at(
    of: { streamId: string; coveredOnly: boolean },
    utc: number,
    { width, quality }: PictureOptions,
  ): Promise<RecordedStill> {
    const { vision, footage } = this.#options;
    const { format, frames, at } = await footage.framesAt(of, utc);
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
