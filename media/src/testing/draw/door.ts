import { box, Canvas, type Color, capsule, circle, ease, ellipse, polygon } from './canvas.ts';
import { type Coat, cat, type Dress, drawParcel, person } from './figures.ts';
import { write } from './lettering.ts';
import type { Scene } from './scene.ts';

const COURIER: Dress = { coat: [62, 104, 160], legs: [58, 62, 78], hair: [38, 66, 112], cap: true };
const RESIDENT: Dress = { coat: [176, 84, 92], legs: [84, 86, 100], hair: [92, 62, 44], cap: false };
const GREY: Coat = { fur: [120, 122, 132], shade: [92, 94, 104], chest: [232, 232, 232] };
const DOOR = { x: 748, y: 178, width: 196, height: 384 };
const DROP = { x: 706, ground: 612 };

/** A porch by day: a courier brings a parcel, somebody opens and takes it in, a cat passes. */
export const door: Scene = {
  name: 'DOOR',
  background,
  draw(canvas, time) {
    doorway(canvas, time);
    if (time >= 18.2 && time < 39.6) drawParcel(canvas, DROP.x, DROP.ground);
    courier(canvas, time);
    if (time >= 46.5 && time < 59.5) {
      const walked = (time - 46.5) * 118;
      const tail = Math.sin(time * Math.PI);
      cat(canvas, { x: -120 + walked, ground: 640, stride: walked / 92, sit: 0, tail }, GREY);
    }
  },
};

function background(): Canvas {
  const canvas = new Canvas();
  canvas.gradient(0, 560, [226, 214, 190], [206, 190, 162]);
  for (let y = 38; y < 560; y += 40) canvas.fill(box(0, y, 1280, 3), [186, 170, 144], 0.8);
  canvas.fill(box(0, 556, 1280, 164), [164, 146, 126]);
  for (const y of [592, 640, 692]) canvas.fill(box(0, y, 1280, 3), [140, 122, 104]);
  windowPane(canvas);
  plants(canvas);
  canvas.fill(box(DOOR.x - 24, DOOR.y - 26, DOOR.width + 48, DOOR.height + 26, 3), [244, 240, 230]);
  canvas.fill(box(DOOR.x - 70, DOOR.y + DOOR.height - 4, DOOR.width + 140, 26, 4), [128, 116, 106]);
  canvas.fill(box(DOOR.x - 20, DOOR.y + DOOR.height + 30, DOOR.width + 40, 24, 5), [112, 88, 70]);
  canvas.fill(box(668, 348, 24, 44, 6), [250, 248, 240]);
  canvas.fill(circle(680, 368, 7), [190, 150, 70]);
  canvas.fill(capsule([1010, 252], [1010, 228], 5), [60, 56, 56]);
  canvas.fill(polygon([988, 258], [1032, 258], [1024, 320], [996, 320]), [252, 228, 160]);
  canvas.fill(box(984, 248, 52, 12, 4), [60, 56, 56]);
  canvas.fill(box(656, 262, 48, 58, 6), [244, 240, 230]);
  write(canvas, '7', 667, 274, 34, [62, 92, 96]);
  return canvas;
}

function windowPane(canvas: Canvas): void {
  canvas.fill(box(170, 176, 292, 230, 4), [246, 242, 232]);
  canvas.fill(box(186, 192, 260, 198), [126, 162, 182]);
  canvas.fill(polygon([186, 390], [186, 320], [330, 192], [400, 192]), [160, 192, 206], 0.7);
  canvas.fill(polygon([186, 192], [252, 192], [214, 390], [186, 390]), [236, 226, 208]);
  canvas.fill(polygon([380, 192], [446, 192], [446, 390], [418, 390]), [236, 226, 208]);
  canvas.fill(box(311, 192, 10, 198), [246, 242, 232]);
  canvas.fill(box(156, 404, 320, 20, 4), [232, 226, 212]);
}

function plants(canvas: Canvas): void {
  const leaf: Color = [84, 128, 84];
  for (const [x, size] of [
    [1120, 1],
    [560, 0.72],
  ] as const) {
    const ground = 600;
    canvas.fill(ellipse(x, ground, 70 * size, 9), [0, 0, 0], 0.2, 8);
    for (let index = 0; index < 9; index++) {
      const angle = (-160 + index * 17.5) * (Math.PI / 180);
      const reach = (130 + 26 * ((index * 5) % 3)) * size;
      const tip = [x + Math.cos(angle) * reach, ground - 92 * size + Math.sin(angle) * reach] as const;
      canvas.fill(
        capsule([x, ground - 84 * size], tip, 9 * size, 15 * size),
        index % 2 ? leaf : [104, 150, 96],
      );
    }
    const [w, h] = [52 * size, 92 * size];
    canvas.fill(
      polygon([x - w, ground - h], [x + w, ground - h], [x + w * 0.72, ground], [x - w * 0.72, ground]),
      [184, 108, 80],
    );
    canvas.fill(box(x - w - 6, ground - h - 10, 2 * w + 12, 20 * size, 4), [198, 122, 92]);
  }
}

function doorway(canvas: Canvas, time: number): void {
  const open = ease(time, 33, 34.6) * (1 - ease(time, 43, 44.6));
  if (open > 0) {
    canvas.fill(box(DOOR.x, DOOR.y, DOOR.width, DOOR.height), [92, 66, 48]);
    canvas.fill(ellipse(DOOR.x + 98, DOOR.y + 120, 90, 150), [255, 214, 140], 0.5, 60);
    canvas.fill(box(DOOR.x, DOOR.y + DOOR.height - 40, DOOR.width, 40), [122, 92, 68]);
  }
  if (time >= 34 && time < 43.4) resident(canvas, time);
  const width = DOOR.width * (1 - 0.86 * open);
  const left = DOOR.x + DOOR.width - width;
  const tint = 1 - 0.25 * open;
  const shade = (red: number, green: number, blue: number): Color => [red * tint, green * tint, blue * tint];
  canvas.fill(box(left, DOOR.y, width, DOOR.height), shade(52, 102, 104));
  for (const top of [24, 208]) {
    canvas.fill(box(left + width * 0.14, DOOR.y + top, width * 0.72, 150, 3), shade(68, 122, 122));
  }
  canvas.fill(ellipse(left + width * 0.08, DOOR.y + 200, Math.max(2, 7 - 4 * open), 8), [214, 178, 96]);
}

function resident(canvas: Canvas, time: number): void {
  const forward = ease(time, 35.6, 37.6) * (1 - ease(time, 40.4, 42.4));
  const bend = ease(time, 37.8, 39.4) * (1 - ease(time, 39.8, 41));
  const walk = forward > 0.02 && forward < 0.98 ? 0.5 : 0;
  const pose = { x: 876 - 66 * forward, ground: 566 + 50 * forward, facing: -1 as const, stride: time * 1.1 };
  person(canvas, { ...pose, walk, bend, reach: 0, parcel: time >= 39.6 }, RESIDENT);
}

function courier(canvas: Canvas, time: number): void {
  if (time < 3 || time > 31) return;
  const there = Math.min(1, Math.max(0, (time - 3) / 10.5));
  const back = Math.min(1, Math.max(0, (time - 20) / 10.5));
  const walking = (there > 0 && there < 1) || (back > 0 && back < 1);
  const walked = (there + back) * 690;
  const bend = ease(time, 16.6, 18) * (1 - ease(time, 18.4, 19.6));
  const reach = ease(time, 14, 14.6) * (1 - ease(time, 15.6, 16.2));
  person(
    canvas,
    {
      x: -90 + 690 * (there - back),
      ground: 622,
      facing: back > 0 ? -1 : 1,
      stride: walked / 118,
      walk: walking ? 1 : 0,
      bend,
      reach: time < 18.2 ? 0 : reach,
      parcel: time < 18.2,
    },
    COURIER,
  );
  if (time >= 14.4 && time < 15.6) canvas.fill(circle(680, 368, 9), [255, 222, 120], 0.9, 6);
}
