import { Graph } from './graph.ts';

/** How the answer's numbers lie: YOLOv5 `[batch, boxes, 5 + classes]`, YOLOv8 `[batch, 4 + classes, boxes]`. */
export type YoloLayout = 'yolov5' | 'yolov8';

export interface FinderOptions {
  /** Pixels of the input's sides. */
  readonly size: number;
  readonly layout: YoloLayout;
  /** How many it knows; what it finds is of the first. */
  readonly classes: number;
  /** Levels by which red is above blue in what it finds, 0 to 1. */
  readonly above?: number;
  /** Rows of the input in which it looks, as parts of its height. */
  readonly rows?: readonly [number, number];
  /** Several pictures a run. */
  readonly batch?: boolean;
}

/** How sure it is. */
const SCORE = 0.9;

/**
 * A network of a dozen operators that finds the reddest thing in the picture, such as the cat of the clip "yard",
 * and gives the box around it as YOLO does.
 */
export function finderModel({
  size,
  layout,
  classes,
  above = 0.28,
  rows = [0, 1],
  batch = false,
}: FinderOptions): Buffer {
  const graph = new Graph();
  const number = (value: number): string => graph.floats([1], [value]);
  const redder = graph.node('Conv', ['images', graph.floats([1, 3, 1, 1], [1, 0, -1])]);
  const far = graph.node('Mul', [graph.node('Sub', [redder, number(above)]), number(1000)]);
  const [zero, one] = [graph.floats([], [0]), graph.floats([], [1])];
  const lit = graph.node('Clip', [far, zero, one]);
  const looked = Float32Array.from({ length: size }, (_, y) =>
    y >= rows[0] * size && y < rows[1] * size ? 1 : 0,
  );
  const mask = graph.node('Mul', [lit, graph.floats([1, 1, size, 1], looked)]);
  const highest = (of: string): string => graph.node('ReduceMax', [of], { axes: [2, 3], keepdims: 1 });
  const furthest = (dims: number[], from: (i: number) => number): string => {
    const places = Float32Array.from({ length: size }, (_, i) => from(i));
    return highest(graph.node('Mul', [mask, graph.floats(dims, places)]));
  };
  const middleAndSize = (dims: number[]): [string, string] => {
    const end = furthest(dims, (i) => i + 1);
    const begin = graph.node('Sub', [number(size), furthest(dims, (i) => size - i)]);
    const middle = graph.node('Mul', [graph.node('Add', [begin, end]), number(0.5)]);
    return [middle, graph.node('Sub', [end, begin])];
  };
  const [x, width] = middleAndSize([1, 1, 1, size]);
  const [y, height] = middleAndSize([1, 1, size, 1]);
  const found = graph.node('Mul', [highest(mask), number(SCORE)]);
  const kinds = graph.floats(
    [1, 1, 1, classes],
    Array.from({ length: classes }, (_, i) => (i === 0 ? 1 : 0)),
  );
  const values = layout === 'yolov5' ? 5 + classes : 4 + classes;
  const tail =
    layout === 'yolov5'
      ? [found, graph.node('Add', [graph.node('Mul', [found, number(0)]), kinds])]
      : [graph.node('Mul', [found, kinds])];
  const row = graph.node('Concat', [x, y, width, height, ...tail], { axis: 3 });
  const dims = layout === 'yolov5' ? [1, values] : [values, 1];
  const output = graph.node('Reshape', [row, graph.ints([-1, ...dims])]);
  const first = batch ? 'batch' : 1;
  return graph.model({ name: 'images', dims: [first, 3, size, size] }, [
    { name: output, dims: [first, ...dims] },
  ]);
}
