import { CLOCK_BAR, clockBarBlocks } from '../clock-bar.ts';
import { box, type Canvas } from './canvas.ts';
import { textWidth, write } from './lettering.ts';

/** What a synthetic camera looks at. */
export interface Scene {
  /** Burned into the picture. */
  readonly name: string;
  /** What never moves. */
  background(): Canvas;
  /** What moves; `time` in seconds from the start of the loop. The loop closes when `draw(60)` equals `draw(0)`. */
  draw(canvas: Canvas, time: number): void;
}

/** Draws the parts of the overlay that stand still: plates for the clock and the name, the dark strip. */
export function drawPlates(canvas: Canvas, scene: Scene): void {
  canvas.fill(box(24, 22, textWidth(scene.name, 40) + 34, 76, 14), [8, 12, 24], 0.5);
  write(canvas, scene.name, 44, 40, 40, [240, 244, 250]);
  canvas.fill(box(892, 22, 364, 96, 14), [8, 12, 24], 0.62);
  canvas.fill(box(0, CLOCK_BAR.y - 16, canvas.width, canvas.height - CLOCK_BAR.y + 16), [0, 0, 0]);
}

/** Draws clock, bar and flash; `ms` of the loop, `flash` in the first frames of a second. */
export function drawClock(canvas: Canvas, ms: number, flash: boolean): void {
  const seconds = String(Math.floor(ms / 1000)).padStart(2, '0');
  write(canvas, `:${seconds}.${String(ms % 1000).padStart(3, '0')}`, 908, 42, 58, [255, 255, 255]);
  for (const [index, white] of clockBarBlocks(ms).entries()) {
    if (white) {
      canvas.fill(
        box(CLOCK_BAR.x + CLOCK_BAR.block * index, CLOCK_BAR.y, CLOCK_BAR.block, CLOCK_BAR.block),
        [255, 255, 255],
      );
    }
  }
  const { x, y, width, height } = CLOCK_BAR.flash;
  if (flash) canvas.fill(box(x, y, width, height), [255, 255, 255]);
}
