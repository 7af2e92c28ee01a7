import { expect, it } from 'vitest';
import { Input } from '../detector/input.ts';
import { packedPicture } from '../planes.ts';
import { Letterbox } from './letterbox.ts';

/** A picture of one colour, but for a rectangle of another. */
function picture(width: number, height: number, inside: (x: number, y: number) => boolean) {
  const made = packedPicture(new Uint8Array((width * height * 3) / 2), width, height);
  const [ground, thing] = [
    [81, 90, 240],
    [41, 240, 110],
  ] as const;
  for (const [p, plane] of [made.y, made.u, made.v].entries()) {
    const scale = width / plane.width;
    for (let y = 0; y < plane.height; y++)
      for (let x = 0; x < plane.width; x++)
        plane.data[y * plane.stride + x] = (inside(x * scale, y * scale) ? thing : ground)[p]!;
  }
  return made;
}

/** What of a pixel the network is given, in levels. */
const pixel = (data: Float32Array, size: number, x: number, y: number) =>
  [0, 1, 2].map((plane) => Math.round(data[plane * size * size + y * size + x]! * 255));
const near = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

it.each([
  ['wide', 320, 180],
  ['high', 90, 160],
  ['larger than the input', 1280, 720],
  ['of the same size', 64, 64],
])(
  'a picture that is %s lies in the middle with its own shape, in red, green and blue',
  (_, width, height) => {
    const box = new Letterbox(64, 64);
    const { place, ...laid } = box.fill(picture(width, height, (x, y) => x < width / 2 && y < height / 2));
    const input = new Input(64, 64, 1);
    expect(input.lay(laid, 0)).toBe(true);
    const data = input.numbers;
    const scale = Math.min(64 / width, 64 / height);
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    const [left, top] = [Math.floor((64 - w) / 2), Math.floor((64 - h) / 2)];
    // BT.601: 81 90 240 is red, 41 240 110 is blue.
    expect(near(pixel(data, 64, left + 2, top + 2), [0, 0, 255])).toBeLessThan(4);
    expect(near(pixel(data, 64, left + w - 3, top + h - 3), [255, 0, 0])).toBeLessThan(4);
    if (top > 0) expect(pixel(data, 64, 32, 0)).toEqual([114, 114, 114]);
    if (left > 0) expect(pixel(data, 64, 0, 32)).toEqual([114, 114, 114]);
    const whole = place(left, top, left + w, top + h);
    expect(whole).toEqual({ x0: 0, y0: 0, x1: 1, y1: 1 });
    expect(place(-50, -50, left + w / 2, 500)).toMatchObject({ x0: 0, y0: 0, x1: 0.5, y1: 1 });
  },
);

it('another size of pictures leaves nothing of the one before', () => {
  const box = new Letterbox(64, 64);
  const input = new Input(64, 64, 1);
  input.lay(box.fill(picture(90, 160, () => false)), 0);
  input.lay(box.fill(picture(160, 90, () => false)), 0);
  expect(pixel(input.numbers, 64, 32, 2)).toEqual([114, 114, 114]);
  expect(near(pixel(input.numbers, 64, 2, 32), [255, 0, 0])).toBeLessThan(4);
});

it('pictures that lie beside each other do not touch', () => {
  const input = new Input(4, 2, 2);
  const laid = (luma: number) => ({
    data: Uint8Array.of(luma, luma, luma, luma, 128, 128),
    fit: { left: 1, top: 0, width: 2, height: 2 },
  });
  input.lay(laid(235), 0);
  input.lay(laid(16), 1);
  const plane = (edge: number, inside: number) => [edge, inside, inside, edge, edge, inside, inside, edge];
  const levels = Array.from(input.numbers, (number) => Math.round(number * 255));
  const [light, dark] = [plane(114, 255), plane(114, 0)];
  expect(levels).toEqual([light, light, light, dark, dark, dark].flat());
});

it("a picture of the input's own size is taken over plane by plane, whatever its rows are apart", () => {
  const rows = [0, 1].flatMap((row) => [1, 2, 3, 4, 0, 0].map((at) => at && 10 * row + at));
  const [y, u, v] = [
    { data: Uint8Array.from(rows), stride: 6, width: 4, height: 2 },
    { data: Uint8Array.of(50, 51, 0), stride: 3, width: 2, height: 1 },
    { data: Uint8Array.of(60, 61, 0), stride: 3, width: 2, height: 1 },
  ];
  const { data } = new Letterbox(4, 2).fill({ width: 4, height: 2, y, u, v });
  expect([...data]).toEqual([1, 2, 3, 4, 11, 12, 13, 14, 50, 51, 60, 61]);
});

it.each([
  ['black, and what is less', 0, 128, 128, [0, 0, 0]],
  ['white, and what is more', 255, 128, 128, [255, 255, 255]],
  ['the strongest red', 255, 128, 255, [255, 175, 255]],
  ['the strongest blue', 0, 255, 0, [0, 36, 237]],
])('%s becomes red, green and blue within their bounds', (_, y, u, v, expected) => {
  const input = new Input(1, 1, 1);
  expect(input.lay({ data: Uint8Array.of(y, u, v), fit: { left: 0, top: 0, width: 1, height: 1 } }, 0)).toBe(
    true,
  );
  expect(Array.from(input.numbers, (number) => Math.round(number * 255))).toEqual(expected);
});

it.each([
  ['of fewer bytes', 5, { left: 0, top: 0, width: 2, height: 2 }],
  ['that reaches over the right edge', 6, { left: 3, top: 0, width: 2, height: 2 }],
  ['that reaches over the lower edge', 6, { left: 0, top: 1, width: 2, height: 2 }],
  ['that begins before the left edge', 6, { left: -1, top: 0, width: 2, height: 2 }],
  ['that lies between pixels', 6, { left: 0.5, top: 0, width: 2, height: 2 }],
])('a picture %s is not taken', (_, bytes, fit) => {
  const input = new Input(4, 2, 1);
  expect(input.lay({ data: new Uint8Array(bytes), fit }, 0)).toBe(false);
  expect(input.numbers.every((number) => number === 0)).toBe(true);
});
