import { type Canvas, type Color, capsule, circle, ellipse, type Point } from './canvas.ts';

const BACK: Color = [150, 122, 94];
const WING: Color = [122, 97, 74];
const PALE: Color = [222, 205, 172];

/** The nightjar along its branch, facing left; `blink` closes the eye, `tilt` -1..1 turns the head. */
export function perched(canvas: Canvas, [x, y]: Point, blink: boolean, tilt: number): void {
  canvas.fill(capsule([x + 20, y - 10], [x + 78, y + 6], 11, 5), WING);
  canvas.fill(ellipse(x + 6, y - 15, 38, 17), BACK);
  canvas.fill(capsule([x - 6, y - 17], [x + 58, y - 2], 9, 4), WING);
  for (const [dx, dy] of [
    [2, -22],
    [16, -18],
    [30, -14],
    [14, -9],
    [-4, -13],
  ] as const) {
    canvas.fill(ellipse(x + dx, y + dy, 4.5, 2), PALE, 0.75);
  }
  const hx = x - 30;
  const hy = y - 26 - 3 * tilt;
  canvas.fill(circle(hx, hy, 18), BACK);
  canvas.fill(capsule([hx - 14, hy + 3], [hx - 26, hy + 6 + tilt], 4.5, 1.2), [60, 48, 42]);
  canvas.fill(ellipse(hx - 2, hy + 12, 12, 4), PALE, 0.8);
  if (blink) {
    canvas.fill(capsule([hx - 12, hy - 3], [hx - 1, hy - 3], 1.3), [46, 36, 32]);
    return;
  }
  canvas.fill(circle(hx - 6, hy - 4, 7), [34, 26, 24]);
  canvas.fill(circle(hx - 8.4, hy - 6.2, 2.2), [255, 246, 220]);
}

/** In flight; `facing` 1 right, -1 left; `flap` -1 (wings down) to 1 (up); `size` 1 is a wing span of 230 px. */
export function flying(canvas: Canvas, [x, y]: Point, facing: 1 | -1, flap: number, size: number): void {
  const at = (forward: number, up: number): Point => [x + facing * forward * size, y - up * size];
  const shoulderFar = at(10, 4);
  const elbowFar = at(26, 26 + 26 * flap);
  canvas.fill(capsule(shoulderFar, elbowFar, 9 * size, 8 * size), WING);
  canvas.fill(capsule(elbowFar, at(-10, 44 + 66 * flap), 8 * size, 3 * size), WING);
  canvas.fill(capsule(at(-20, 0), at(-78, -4), 12 * size, 6 * size), WING);
  canvas.fill(ellipse(x, y, 40 * size, 15 * size), BACK);
  canvas.fill(circle(...at(36, 6), 15 * size), BACK);
  canvas.fill(capsule(at(46, 4), at(60, 1), 4 * size, 1.2 * size), [60, 48, 42]);
  canvas.fill(circle(...at(41, 9), 4.6 * size), [34, 26, 24]);
  canvas.fill(ellipse(x + facing * 6 * size, y + 9 * size, 24 * size, 5 * size), PALE, 0.7);
  const shoulder = at(6, 4);
  const elbow = at(16, 22 + 30 * flap);
  const tip = at(-30, 34 + 80 * flap);
  canvas.fill(capsule(shoulder, elbow, 12 * size, 11 * size), BACK);
  canvas.fill(capsule(elbow, tip, 11 * size, 4 * size), BACK);
  const spot: Point = [elbow[0] + (tip[0] - elbow[0]) * 0.7, elbow[1] + (tip[1] - elbow[1]) * 0.7];
  canvas.fill(circle(...spot, 4.5 * size), PALE);
}
