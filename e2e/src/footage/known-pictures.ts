import { crc32 } from 'node:zlib';
import { loadClip } from '@nightjar/media/testing';
import type { PacketFact } from './ffmpeg.ts';

const PARAMETER_SETS = [7, 8];
const MINUTE = 60_000;

/** A picture of a clip, as a file of footage must hold it. */
interface Known {
  /** Place in the clip, from 0. */
  readonly index: number;
  readonly key: boolean;
}

/** What a file holds of a clip: places of its first and last picture, counted on over the seam of the loop. */
export interface Shown {
  readonly first: number;
  readonly last: number;
  /** Times at which pictures up to a key picture are missing: a camera that was late by 1 s leaves them out. */
  readonly skips: number;
}

/** The pictures of a clip of a minute by the bytes they have in an MP4 (ISO/IEC 14496-15 5.3.2). */
export class KnownPictures {
  readonly #pictures = new Map<string, Known>();
  readonly #count: number;

  private constructor(frames: readonly { key: boolean; units: readonly Buffer[] }[]) {
    this.#count = frames.length;
    for (const [index, { key, units }] of frames.entries()) {
      const slices = units.filter((unit) => !PARAMETER_SETS.includes(unit[0]! & 31));
      this.#pictures.set(hashOf(slices), { index, key });
    }
    if (this.#pictures.size !== this.#count) throw new Error('two pictures of the clip are the same');
  }

  static async of(clip: string): Promise<KnownPictures> {
    return new KnownPictures((await loadClip(clip)).video.frames);
  }

  /** Throws unless `packets` are pictures of the clip byte by byte, from a key picture on, in their order. */
  look(packets: readonly PacketFact[]): Shown {
    let next: number | undefined;
    let first = 0;
    let skips = 0;
    const all = packets.map(({ hash }) => this.#pictures.get(hash ?? ''));
    for (const [at, picture] of all.entries()) {
      if (!picture) throw new Error(`picture ${at} of ${all.length} is none of the camera's`);
      if (next === undefined && !picture.key) throw new Error('begins without a key picture');
      next ??= first = picture.index;
      const step = (((picture.index - next) % this.#count) + this.#count) % this.#count;
      if (step > 0 && (!picture.key || step > this.#count / 2))
        throw new Error(`picture ${at} is ${picture.index} of the clip, not ${next % this.#count}`);
      if (step > 0) skips++;
      next += step + 1;
    }
    if (next === undefined) throw new Error('no picture');
    return { first, last: next - 1, skips };
  }

  /** Milliseconds of the minute that the clock in a picture shows. */
  clock(place: number): number {
    return ((place % this.#count) * MINUTE) / this.#count;
  }
}

/** As ffprobe writes the hash of a packet. */
function hashOf(units: readonly Buffer[]): string {
  let sum = 0;
  for (const unit of units) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(unit.length);
    sum = crc32(unit, crc32(length, sum));
  }
  return `CRC32:${sum.toString(16).padStart(8, '0')}`;
}
