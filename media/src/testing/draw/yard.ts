import { flying, perched } from './bird.ts';
import {
  below,
  box,
  Canvas,
  type Color,
  capsule,
  circle,
  ease,
  ellipse,
  type Point,
  polygon,
} from './canvas.ts';
import { type Coat, cat } from './figures.ts';
import type { Scene } from './scene.ts';

const GINGER: Coat = { fur: [214, 150, 92], shade: [166, 110, 66], chest: [243, 228, 204] };
const MOON: Point = [452, 168];
const PERCH: Point = [872, 323];
const FLIGHTS = [
  { from: 7, to: 16 },
  { from: 29.5, to: 39.5 },
];
const CIRCLE = { x: 610, y: 236, rx: 330, ry: 116 };

/** A garden at night: a cat crosses the lawn and sits down, a nightjar leaves its branch twice to hunt. */
export const yard: Scene = {
  name: 'YARD',
  background,
  draw(canvas, time) {
    bird(canvas, time);
    lawnCat(canvas, time);
  },
};

function background(): Canvas {
  const canvas = new Canvas();
  canvas.gradient(0, 470, [10, 18, 46], [46, 78, 108]);
  stars(canvas);
  canvas.fill(circle(...MOON, 84), [206, 216, 226], 0.2, 150);
  canvas.fill(circle(...MOON, 56), [246, 240, 214]);
  for (const [dx, dy, radius] of [
    [-18, -14, 13],
    [16, 12, 9],
    [-8, 24, 7],
    [24, -22, 6],
  ] as const) {
    canvas.fill(circle(MOON[0] + dx, MOON[1] + dy, radius), [226, 218, 190], 0.8, 3);
  }
  const far = (x: number) => 392 - 34 * Math.sin(x / 190 + 0.6) - 14 * Math.sin(x / 71);
  canvas.fill(below(far, 330, 480), [30, 54, 80]);
  canvas.fill(
    below((x) => 430 - 22 * Math.sin(x / 140 + 2.2), 400, 500),
    [22, 42, 62],
  );
  fence(canvas);
  for (let y = 486; y < 720; y++) {
    const share = (y - 486) / 234;
    const row: Color = [Math.round(24 - 8 * share), Math.round(62 - 20 * share), Math.round(52 - 20 * share)];
    canvas.fill(box(0, y, 1280, 1), row);
  }
  house(canvas);
  tree(canvas);
  return canvas;
}

function stars(canvas: Canvas): void {
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let index = 0; index < 70; index++) {
    const [x, y, size] = [random() * 1280, random() * 330, 0.8 + random() * 1.1];
    if (Math.hypot(x - MOON[0], y - MOON[1]) > 130) canvas.fill(circle(x, y, size), [214, 224, 240], 0.85);
  }
}

function fence(canvas: Canvas): void {
  const wood: Color = [52, 74, 98];
  for (const y of [440, 472]) canvas.fill(box(0, y, 1280, 7), [42, 62, 84]);
  for (let x = 210; x < 1290; x += 42) {
    canvas.fill(polygon([x, 420], [x + 10, 410], [x + 20, 420], [x + 20, 498], [x, 498]), wood);
  }
}

function house(canvas: Canvas): void {
  canvas.fill(box(-20, 296, 206, 226), [40, 44, 66]);
  canvas.fill(polygon([-20, 206], [60, 206], [222, 300], [-20, 300]), [28, 30, 48]);
  canvas.fill(box(52, 344, 88, 104), [255, 206, 120], 0.35, 60);
  canvas.fill(box(52, 344, 88, 104, 3), [255, 214, 134]);
  canvas.fill(box(93, 344, 6, 104), [74, 62, 62]);
  canvas.fill(box(52, 392, 88, 6), [74, 62, 62]);
  canvas.fill(box(44, 448, 104, 9, 2), [60, 64, 88]);
  canvas.fill(ellipse(190, 560, 150, 30), [255, 206, 120], 0.16, 40);
}

function tree(canvas: Canvas): void {
  const bark: Color = [46, 40, 48];
  canvas.fill(ellipse(1100, 560, 110, 14), [0, 0, 0], 0.3, 12);
  canvas.fill(capsule([1104, 560], [1088, 330], 34, 22), bark);
  canvas.fill(capsule([1088, 380], [800, 320], 15, 6), bark);
  canvas.fill(capsule([930, 348], [880, 372], 6, 3), bark);
  canvas.fill(capsule([1092, 350], [1190, 250], 16, 9), bark);
  const leaves = [
    [1120, 190, 96],
    [1210, 226, 86],
    [1040, 226, 70],
    [1180, 142, 80],
    [1250, 160, 70],
    [1090, 268, 60],
    [1190, 290, 64],
  ] as const;
  for (const [x, y, radius] of leaves) canvas.fill(circle(x, y, radius), [22, 52, 56], 1, 3);
  for (const [x, y, radius] of leaves) {
    canvas.fill(circle(x - radius * 0.25, y - radius * 0.25, radius * 0.55), [32, 70, 70], 0.6, 12);
  }
}

function bird(canvas: Canvas, time: number): void {
  const flight = FLIGHTS.find(({ from, to }) => time >= from && time < to);
  if (!flight) {
    perched(canvas, PERCH, time % 3.6 < 0.16, Math.sin((time / 12) * 2 * Math.PI));
    return;
  }
  const share = ease(time, flight.from, flight.to);
  const start = Math.acos((PERCH[0] - CIRCLE.x) / CIRCLE.rx);
  const angle = start - share * 2 * Math.PI;
  const drop = PERCH[1] - 16 - (CIRCLE.y + CIRCLE.ry * Math.sin(start));
  const away = Math.sin(share * Math.PI);
  const place: Point = [
    CIRCLE.x + CIRCLE.rx * Math.cos(angle),
    CIRCLE.y + CIRCLE.ry * Math.sin(angle) + drop * (1 - away),
  ];
  const facing = Math.sin(angle) > 0 ? 1 : -1;
  flying(canvas, place, facing, Math.sin(time * 2.6 * 2 * Math.PI), 1 - 0.3 * away);
}

function lawnCat(canvas: Canvas, time: number): void {
  const before = Math.min(time, 26) / 26;
  const after = Math.max(0, time - 41) / 17;
  if (after > 1) return;
  const walked = before * 700 + after * 830;
  const sit = ease(time, 25.4, 26.4) * (1 - ease(time, 40, 41));
  const tail = Math.sin(time * (0.5 + 0.5 * sit) * 2 * Math.PI);
  cat(canvas, { x: -110 + walked, ground: 610, stride: walked / 92, sit, tail }, GINGER);
}
