import { Graph } from './graph.ts';

const CLASSES = 80;
const STRIDES = [8, 16, 32];
const ANCHORS = [
  [10, 13, 16, 30, 33, 23],
  [30, 61, 62, 45, 59, 119],
  [116, 90, 156, 198, 373, 326],
];

/**
 * A network with the graph of YOLOv5n (depth 0.33, width 0.25, 80 classes) and weights of chance: it finds nothing
 * that is there, and takes as long as one that does.
 */
export function yolov5nModel(size = 640): Buffer {
  const net = new Nano();
  const [p3, p4, p5] = net.backbone('images');
  const features = net.neck(p3, p4, p5);
  const rows = features.map((name, i) => net.detect(name, i, size));
  const output = net.graph.node('Concat', rows, { axis: 1 });
  const boxes = STRIDES.reduce((sum, stride) => sum + 3 * (size / stride) ** 2, 0);
  return net.graph.model({ name: 'images', dims: [1, 3, size, size] }, [
    { name: output, dims: [1, boxes, 5 + CLASSES] },
  ]);
}

class Nano {
  readonly graph = new Graph();
  #seed = 1;

  backbone(images: string): [string, string, string] {
    const first = this.#conv(images, 3, 16, { kernel: 6, stride: 2, pad: 2 });
    const c2 = this.#c3(this.#down(first, 16, 32), 32, 32, 1, true);
    const p3 = this.#c3(this.#down(c2, 32, 64), 64, 64, 2, true);
    const p4 = this.#c3(this.#down(p3, 64, 128), 128, 128, 3, true);
    const last = this.#c3(this.#down(p4, 128, 256), 256, 256, 1, true);
    return [p3, p4, this.#sppf(last)];
  }

  neck(p3: string, p4: string, p5: string): [string, string, string] {
    const top = this.#point(p5, 256, 128);
    const middle = this.#c3(this.#join(this.#up(top), p4), 256, 128, 1, false);
    const narrow = this.#point(middle, 128, 64);
    const small = this.#c3(this.#join(this.#up(narrow), p3), 128, 64, 1, false);
    const medium = this.#c3(this.#join(this.#down(small, 64, 64), narrow), 128, 128, 1, false);
    const large = this.#c3(this.#join(this.#down(medium, 128, 128), top), 256, 256, 1, false);
    return [small, medium, large];
  }

  detect(feature: string, level: number, size: number): string {
    const { graph } = this;
    const stride = STRIDES[level]!;
    const side = size / stride;
    const values = 5 + CLASSES;
    const raw = this.#plain(feature, 64 * 2 ** level, 3 * values, { kernel: 1, stride: 1, pad: 0 });
    const split = graph.node('Reshape', [raw, graph.ints([1, 3, values, side, side])]);
    const turned = graph.node('Transpose', [split], { perm: [0, 1, 3, 4, 2] });
    const sigmoid = graph.node('Sigmoid', [turned]);
    const [xy, wh, rest] = graph.split('Split', [sigmoid, graph.ints([2, 2, CLASSES + 1])], 3, { axis: 4 });
    const number = (value: number): string => graph.floats([1], [value]);
    const grid = Float32Array.from({ length: side * side * 2 }, (_, i) => {
      const cell = i >> 1;
      return (i % 2 === 0 ? cell % side : Math.floor(cell / side)) - 0.5;
    });
    const place = graph.node('Add', [
      graph.node('Mul', [xy!, number(2)]),
      graph.floats([1, 1, side, side, 2], grid),
    ]);
    const middle = graph.node('Mul', [place, number(stride)]);
    const twice = graph.node('Mul', [wh!, number(2)]);
    const anchors = graph.floats([1, 3, 1, 1, 2], ANCHORS[level]!);
    const extent = graph.node('Mul', [graph.node('Mul', [twice, twice]), anchors]);
    const row = graph.node('Concat', [middle, extent, rest!], { axis: 4 });
    return graph.node('Reshape', [row, graph.ints([1, -1, values])]);
  }

  #c3(of: string, from: number, to: number, repeats: number, shortcut: boolean): string {
    const half = to / 2;
    let deep = this.#point(of, from, half);
    for (let i = 0; i < repeats; i++) {
      const twice = this.#conv(this.#point(deep, half, half), half, half, { kernel: 3, stride: 1, pad: 1 });
      deep = shortcut ? this.graph.node('Add', [deep, twice]) : twice;
    }
    return this.#point(this.#join(deep, this.#point(of, from, half)), to, to);
  }

  #sppf(of: string): string {
    const pooled = [this.#point(of, 256, 128)];
    for (let i = 0; i < 3; i++) {
      const attributes = { kernel_shape: [5, 5], strides: [1, 1], pads: [2, 2, 2, 2] };
      pooled.push(this.graph.node('MaxPool', [pooled[i]!], attributes));
    }
    return this.#point(this.#join(...pooled), 512, 256);
  }

  #up(of: string): string {
    const scales = this.graph.floats([4], [1, 1, 2, 2]);
    return this.graph.node('Resize', [of, '', scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
  }

  #join(...parts: string[]): string {
    return this.graph.node('Concat', parts, { axis: 1 });
  }

  #down = (of: string, from: number, to: number): string =>
    this.#conv(of, from, to, { kernel: 3, stride: 2, pad: 1 });
  #point = (of: string, from: number, to: number): string =>
    this.#conv(of, from, to, { kernel: 1, stride: 1, pad: 0 });

  /** A convolution with SiLU behind it. */
  #conv(of: string, from: number, to: number, shape: Shape): string {
    const plain = this.#plain(of, from, to, shape);
    return this.graph.node('Mul', [plain, this.graph.node('Sigmoid', [plain])]);
  }

  #plain(of: string, from: number, to: number, { kernel, stride, pad }: Shape): string {
    const weights = this.graph.floats([to, from, kernel, kernel], this.#random(to * from * kernel * kernel));
    const bias = this.graph.floats([to], this.#random(to));
    return this.graph.node('Conv', [of, weights, bias], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
  }

  /** Small numbers, the same ones each time. */
  #random(count: number): Float32Array {
    const spread = 1 / Math.sqrt(Math.max(16, count / 16));
    return Float32Array.from({ length: count }, () => {
      this.#seed = (this.#seed * 16_807) % 2_147_483_647;
      return (this.#seed / 2_147_483_647 - 0.5) * spread;
    });
  }
}

interface Shape {
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}
