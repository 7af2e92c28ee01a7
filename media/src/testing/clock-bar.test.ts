import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOCK_BAR, clockBarBlocks, type Pixels, readClockBar, readFlash } from './clock-bar.ts';

/** A picture with the bar drawn by `CLOCK_BAR`: `grey` levels for black and white, `depth` bytes a pixel. */
function draw(
  blocks: boolean[],
  options: { width: number; depth?: number; grey?: [number, number]; flash?: boolean },
): Pixels {
  const { width, depth = 4, grey = [16, 235], flash = false } = options;
  const height = (width * 9) / 16;
  const scale = width / CLOCK_BAR.pictureWidth;
  const data = new Uint8ClampedArray(width * height * depth).fill(grey[0]);
  const box = (x: number, y: number, w: number, h: number) => {
    for (let row = Math.round(y * scale); row < Math.round((y + h) * scale); row++) {
      for (let column = Math.round(x * scale); column < Math.round((x + w) * scale); column++) {
        data.fill(grey[1], (row * width + column) * depth, (row * width + column + 1) * depth);
      }
    }
  };
  for (const [index, white] of blocks.entries()) {
    if (white) box(CLOCK_BAR.x + CLOCK_BAR.block * index, CLOCK_BAR.y, CLOCK_BAR.block, CLOCK_BAR.block);
  }
  const { x, y, width: w, height: h } = CLOCK_BAR.flash;
  if (flash) box(x, y, w, h);
  return { data, width, height };
}

describe('clock bar', () => {
  it.each([
    [0, '101 0000000000000000 0'],
    [1, '101 0000000000000001 1'],
    [40, '101 0000000000101000 0'],
    [59_999, '101 1110101001011111 1'],
  ])('%i ms is %s', (ms, text) => {
    const digits = clockBarBlocks(ms).map(Number).join('');
    expect(digits).toBe(text.replaceAll(' ', ''));
  });

  it.each([-1, 60_000, 0.5, Number.NaN])('%d is not a time of a minute', (ms) => {
    expect(() => clockBarBlocks(ms)).toThrow(RangeError);
  });

  it('reads back what was drawn, at any size and depth and at weak contrast', () => {
    const shape = fc.record({
      width: fc.constantFrom(320, 640, 1280, 1920),
      depth: fc.constantFrom(1, 3, 4),
      grey: fc.constantFrom<[number, number]>([0, 255], [16, 235], [60, 180]),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59_999 }), shape, (ms, options) => {
        expect(readClockBar(draw(clockBarBlocks(ms), options))).toBe(ms);
      }),
      { numRuns: 40 },
    );
  });

  it('answers nothing rather than a wrong time when one block is wrong', () => {
    const blocks = clockBarBlocks(12_345);
    for (const index of blocks.keys()) {
      const wrong = blocks.with(index, !blocks[index]);
      expect(readClockBar(draw(wrong, { width: 640 })), `block ${index}`).toBeUndefined();
    }
  });

  it('answers nothing for a picture without a bar and for a number past the minute', () => {
    expect(readClockBar(draw([], { width: 640 }))).toBeUndefined();
    const past = [true, false, true, ...Array.from({ length: 16 }, () => true), false];
    expect(readClockBar(draw(past, { width: 640 }))).toBeUndefined();
  });

  it('runs from its source text alone, as in a browser page', () => {
    const alone = new Function(`return (${readClockBar.toString()})`)() as typeof readClockBar;
    expect(alone(draw(clockBarBlocks(31_415), { width: 1280 }))).toBe(31_415);
  });

  it('sees the flash', () => {
    const blocks = clockBarBlocks(7000);
    expect(readFlash(draw(blocks, { width: 640, flash: true }))).toBe(true);
    expect(readFlash(draw(blocks, { width: 640 }))).toBe(false);
    expect(readFlash(draw([], { width: 640, flash: true }))).toBeUndefined();
  });
});
