/**
 * The machine-readable clock in the synthetic camera's picture, for a picture of 1280x720 (every other size
 * scales it): a row of 20 square blocks, white for 1 and black for 0, on a dark strip at the bottom left.
 *
 *     x = 32 + 32 i, y = 672, 32x32 each
 *     blocks 0..2    start marker: white, black, white
 *     blocks 3..18   time of the frame in milliseconds of the loop (of the minute, for a 60 s clip), 16 bits,
 *                    most significant first, 0..59999
 *     block  19      even parity of the 16 bits
 *
 * Right of it, at x = 704, y = 672, 64x32: the flash, white for the first two frames of each full second and
 * black otherwise; the sound ticks for 50 ms at the same moment.
 */
export const CLOCK_BAR = {
  pictureWidth: 1280,
  pictureHeight: 720,
  x: 32,
  y: 672,
  block: 32,
  blocks: 20,
  flash: { x: 704, y: 672, width: 64, height: 32, frames: 2 },
} as const;

/** Pixels as a canvas (`getImageData`), a decoder or a raw file gives them: 4, 3 or 1 bytes each, rows top down. */
export interface Pixels {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The blocks, left to right, that say `ms` (0..59999); true is white. */
export function clockBarBlocks(ms: number): boolean[] {
  if (!Number.isInteger(ms) || ms < 0 || ms > 59_999)
    throw new RangeError(`not milliseconds of a minute: ${ms}`);
  const bits = Array.from({ length: 16 }, (_, index) => ((ms >> (15 - index)) & 1) === 1);
  const parity = bits.filter(Boolean).length % 2 === 1;
  return [true, false, true, ...bits, parity];
}

/**
 * Milliseconds of the minute that the bar in the picture shows, or undefined when there is no readable bar.
 * Names nothing outside itself, so that its source text can be run in a browser page.
 */
export function readClockBar(pixels: Pixels): number | undefined {
  const { data, width, height } = pixels;
  const depth = data.length / (width * height);
  const scaleX = width / 1280;
  const scaleY = height / 720;
  const level = (block: number): number => {
    const left = Math.floor((32 + 32 * block + 10) * scaleX);
    const right = Math.max(left + 1, Math.floor((32 + 32 * block + 22) * scaleX));
    const top = Math.floor((672 + 10) * scaleY);
    const bottom = Math.max(top + 1, Math.floor((672 + 22) * scaleY));
    let sum = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const at = (y * width + x) * depth;
        sum += depth < 3 ? data[at]! : (data[at]! + data[at + 1]! + data[at + 2]!) / 3;
      }
    }
    return sum / ((bottom - top) * (right - left));
  };
  const white = Math.min(level(0), level(2));
  const black = level(1);
  if (!(white - black > 80)) return undefined;
  let value = 0;
  let ones = 0;
  for (let block = 3; block < 20; block++) {
    const share = (level(block) - black) / (white - black);
    if (share > 0.35 && share < 0.65) return undefined;
    const bit = share >= 0.5 ? 1 : 0;
    ones += bit;
    if (block < 19) value = value * 2 + bit;
  }
  return ones % 2 === 0 && value < 60_000 ? value : undefined;
}

/** Whether the flash is lit; undefined when the picture holds no readable bar. Needs nothing but `readClockBar`. */
export function readFlash(pixels: Pixels): boolean | undefined {
  if (readClockBar(pixels) === undefined) return undefined;
  const { data, width, height } = pixels;
  const depth = data.length / (width * height);
  const x = Math.floor((CLOCK_BAR.flash.x + CLOCK_BAR.flash.width / 2) * (width / CLOCK_BAR.pictureWidth));
  const y = Math.floor((CLOCK_BAR.flash.y + CLOCK_BAR.flash.height / 2) * (height / CLOCK_BAR.pictureHeight));
  return data[(y * width + x) * depth]! > 128;
}
