import type { VideoTarget } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';

/** One lower version of a picture. */
export interface Rung extends VideoTarget {
  /** As it is named in addresses: `480p`. */
  readonly name: string;
  /** Pixels. */
  readonly height: number;
}

const RUNGS = [
  { height: 720, bitrate: 1_500_000 },
  { height: 480, bitrate: 600_000 },
  { height: 240, bitrate: 200_000 },
] as const;
/** Above this share of the original's height a version is not worth its price. */
const WORTH = 0.75;
/** Lower versions of one picture; more cost players time and say little more. */
const MOST = 2;

/** The lower versions of a picture, the largest first. */
export function ladderOf({ width, height, pixelAspect }: VideoFormat): Rung[] {
  const shown = pixelAspect ? (width * pixelAspect.width) / pixelAspect.height : width;
  const fitting = RUNGS.filter((rung) => rung.height <= height * WORTH);
  // The lowest is what makes the difference on a bad network.
  return fitting.slice(-MOST).map(({ height: wanted, bitrate }) => ({
    name: `${wanted}p`,
    height: wanted,
    width: Math.max(2, Math.round((shown * wanted) / height / 2) * 2),
    bitrate,
  }));
}
