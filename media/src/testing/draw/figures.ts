import { type Canvas, type Color, capsule, circle, ellipse, type Point, polygon } from './canvas.ts';

export interface Coat {
  readonly fur: Color;
  readonly shade: Color;
  readonly chest: Color;
}

/**
 * A cat seen from the side, facing right; `x`, `ground` is the point under its middle, `stride` the phase of
 * its walk in turns, `sit` 0 (walking) to 1 (sitting), `tail` -1..1, all lengths in pixels.
 */
export function cat(
  canvas: Canvas,
  pose: { x: number; ground: number; stride: number; sit: number; tail: number },
  coat: Coat,
): void {
  const { x, ground, stride, sit, tail } = pose;
  const mix = (walking: number, sitting: number) => walking + (sitting - walking) * sit;
  const hip: Point = [x - mix(46, 26), ground - mix(52, 24)];
  const chest: Point = [x + mix(34, 18), ground - mix(56, 62)];
  canvas.fill(ellipse(x, ground + 2, 78, 7), [0, 0, 0], 0.28, 6);
  const bend: Point = [hip[0] - mix(44, 38), hip[1] - mix(6, -18) - 6 * tail];
  const tip: Point = [bend[0] - 16 + 8 * tail, bend[1] - mix(40, 22) - 10 * tail];
  canvas.fill(capsule(hip, bend, 9, 7), coat.fur);
  canvas.fill(capsule(bend, tip, 7, 5), coat.fur);
  for (const [index, from] of [hip, chest, hip, chest].entries()) {
    const phase = Math.sin((stride + [0.5, 0, 0, 0.5][index]!) * 2 * Math.PI) * (1 - sit);
    const lift = Math.max(0, Math.cos((stride + [0.5, 0, 0, 0.5][index]!) * 2 * Math.PI)) * 7 * (1 - sit);
    const foot: Point = [from[0] + 20 * phase + mix(0, index % 2 === 0 ? 22 : 6), ground - 6 - lift];
    canvas.fill(capsule([from[0], from[1] + 8], foot, 10, 6), index < 2 ? coat.shade : coat.fur);
  }
  canvas.fill(capsule(hip, chest, mix(23, 27), mix(21, 18)), coat.fur);
  canvas.fill(ellipse(chest[0] + 8, chest[1] + 8, 10, 15), coat.chest);
  head(canvas, [chest[0] + mix(30, 14), chest[1] - mix(24, 40)], coat);
}

function head(canvas: Canvas, [x, y]: Point, coat: Coat): void {
  canvas.fill(polygon([x - 20, y - 32], [x - 1, y - 15], [x - 19, y - 4]), coat.fur);
  canvas.fill(polygon([x + 17, y - 33], [x + 19, y - 5], [x, y - 15]), coat.fur);
  canvas.fill(circle(x, y, 21), coat.fur);
  canvas.fill(ellipse(x + 11, y + 8, 11, 8), coat.chest);
  canvas.fill(ellipse(x + 9, y - 4, 3.6, 4.6), [32, 38, 30]);
  canvas.fill(circle(x + 10.4, y - 5.6, 1.4), [250, 250, 235]);
  canvas.fill(circle(x + 20, y + 5, 2.6), [120, 70, 66]);
}

export interface Dress {
  readonly coat: Color;
  readonly legs: Color;
  readonly hair: Color;
  readonly cap: boolean;
}

const SKIN: Color = [226, 178, 146];
const PARCEL: Color = [191, 144, 88];

/**
 * A person seen from the side; `facing` 1 looks right, -1 left; `stride` phase of the walk in turns, `walk`
 * 0 stands to 1 walks, `bend` 0 upright to 1 bent down, `reach` 0..1 lifts the arm to a bell.
 */
export function person(
  canvas: Canvas,
  pose: {
    x: number;
    ground: number;
    facing: 1 | -1;
    stride: number;
    walk: number;
    bend: number;
    reach: number;
    parcel: boolean;
  },
  dress: Dress,
): void {
  const { x, facing, stride, walk, bend, reach } = pose;
  const ground = pose.ground - Math.abs(Math.sin(stride * 2 * Math.PI)) * 4 * walk;
  const hip: Point = [x, ground - 118 + 22 * bend];
  const shoulder: Point = [x + facing * 62 * bend, ground - 226 + 74 * bend];
  canvas.fill(ellipse(x, pose.ground + 2, 52, 8), [0, 0, 0], 0.25, 6);
  for (const side of [-1, 1]) {
    const swing = Math.sin(stride * 2 * Math.PI) * side * walk;
    const knee: Point = [hip[0] + facing * (6 + 26 * swing + 16 * bend), hip[1] + 56 - 8 * bend];
    const foot: Point = [hip[0] + facing * 44 * swing + side * 5, ground - 8 - Math.max(0, -swing) * 12];
    const color: Color = side < 0 ? (dress.legs.map((value) => value * 0.8) as unknown as Color) : dress.legs;
    canvas.fill(capsule(hip, knee, 19, 15), color);
    canvas.fill(capsule(knee, foot, 15, 11), color);
    canvas.fill(capsule(foot, [foot[0] + facing * 18, foot[1] + 2], 9, 7), [52, 44, 42]);
  }
  const neck: Point = [shoulder[0] + facing * (4 + 18 * bend), shoulder[1] - 42 + 12 * bend];
  canvas.fill(capsule(shoulder, neck, 12, 12), SKIN);
  canvas.fill(capsule(hip, shoulder, 26, 29), dress.coat);
  canvas.fill(ellipse(neck[0], neck[1] - 10, 25, 29), SKIN);
  canvas.fill(ellipse(neck[0] - facing * 6, neck[1] - 22, 25, 19), dress.hair);
  canvas.fill(circle(neck[0] + facing * 14, neck[1] - 9, 2.8), [48, 36, 34]);
  if (dress.cap)
    canvas.fill(capsule([neck[0], neck[1] - 22], [neck[0] + facing * 36, neck[1] - 20], 6, 4), dress.hair);
  arms(
    canvas,
    { shoulder, facing, swing: Math.sin(stride * 2 * Math.PI) * walk, bend, reach, parcel: pose.parcel },
    dress,
  );
}

function arms(
  canvas: Canvas,
  pose: { shoulder: Point; facing: 1 | -1; swing: number; bend: number; reach: number; parcel: boolean },
  dress: Dress,
): void {
  const { shoulder, facing, swing, bend, reach, parcel } = pose;
  const hold = parcel ? 1 : 0;
  const forward = hold > 0 ? 56 : -swing * 44 * (1 - reach) + reach * 66 + bend * 30;
  const down = hold > 0 ? 58 + bend * 36 : 92 - reach * 92 + bend * 6;
  const hand: Point = [shoulder[0] + facing * forward, shoulder[1] + 12 + down];
  const elbow: Point = [
    shoulder[0] + facing * (forward * 0.4 - 8 * (1 - reach)),
    shoulder[1] + 12 + down * 0.62,
  ];
  if (parcel) drawParcel(canvas, hand[0] + facing * 10, hand[1] + 26);
  const sleeve = dress.coat.map((value) => value * 0.86) as unknown as Color;
  canvas.fill(capsule([shoulder[0], shoulder[1] + 10], elbow, 15, 12), sleeve);
  canvas.fill(capsule(elbow, hand, 12, 9), sleeve);
  canvas.fill(circle(hand[0], hand[1], 9), SKIN);
}

/** A parcel that stands on `ground`, its middle at `x`. */
export function drawParcel(canvas: Canvas, x: number, ground: number): void {
  canvas.fill(
    polygon([x - 40, ground - 52], [x + 40, ground - 52], [x + 40, ground], [x - 40, ground]),
    PARCEL,
  );
  canvas.fill(
    polygon([x - 8, ground - 52], [x + 8, ground - 52], [x + 8, ground], [x - 8, ground]),
    [221, 186, 134],
  );
  canvas.fill(
    polygon([x - 40, ground - 4], [x + 40, ground - 4], [x + 40, ground], [x - 40, ground]),
    [150, 108, 62],
  );
}
