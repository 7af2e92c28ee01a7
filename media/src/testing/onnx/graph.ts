import { type Field, float, part, varint, whole } from './protobuf.ts';

/** Of `TensorProto.DataType`. */
const [FLOAT, INT64] = [1, 7];
/** Of `AttributeProto.AttributeType`. */
const TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** What an operator is told beside its inputs; lists are of whole numbers. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | { float: number }>>;

/** A size of a tensor: a number, or the name of one that may change from run to run. */
export type Dim = number | string;

/** A neural network in the making, written as ONNX (`onnx.proto3`, opset 13). */
export class Graph {
  readonly #nodes: Field[] = [];
  readonly #constants: Field[] = [];
  #count = 0;

  /** One operator; gives the name of its result. */
  node(type: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.split(type, inputs, 1, attributes)[0]!;
  }

  /** One operator with several results. */
  split(type: string, inputs: readonly string[], results: number, attributes: Attributes = {}): string[] {
    const names = Array.from({ length: results }, () => `t${++this.#count}`);
    this.#nodes.push(
      part(1, [
        ...inputs.map((name) => part(1, name)),
        ...names.map((name) => part(2, name)),
        part(4, type),
        ...Object.entries(attributes).map(([name, value]) => part(5, attribute(name, value))),
      ]),
    );
    return names;
  }

  /** Values of 32 bits with a point that do not change. */
  floats(dims: readonly number[], values: Float32Array | readonly number[]): string {
    const data = Float32Array.from(values);
    return this.#constant(dims, FLOAT, Buffer.from(data.buffer));
  }

  /** Whole numbers that do not change: shapes, axes. */
  ints(values: readonly number[]): string {
    return this.#constant([values.length], INT64, Buffer.from(BigInt64Array.from(values, BigInt).buffer));
  }

  /** The file. */
  model(
    input: { name: string; dims: readonly Dim[] },
    outputs: readonly { name: string; dims: readonly Dim[] }[],
  ): Buffer {
    const graph = [
      ...this.#nodes,
      part(2, 'nightjar'),
      ...this.#constants,
      part(11, value(input.name, input.dims)),
      ...outputs.map(({ name, dims }) => part(12, value(name, dims))),
    ];
    return Buffer.concat([
      whole(1, 8),
      part(2, 'nightjar tests'),
      part(7, graph),
      part(8, [part(1, ''), whole(2, 13)]),
    ]);
  }

  #constant(dims: readonly number[], type: number, raw: Buffer): string {
    const name = `c${++this.#count}`;
    const sizes = dims.map((size) => whole(1, size));
    this.#constants.push(part(5, [...sizes, whole(2, type), part(8, name), part(9, raw)]));
    return name;
  }
}

function attribute(name: string, value: Attributes[string]): Field[] {
  if (typeof value === 'number') return [part(1, name), whole(3, value), whole(20, TYPES.int)];
  if (typeof value === 'string') return [part(1, name), part(4, value), whole(20, TYPES.string)];
  if ('float' in value) return [part(1, name), float(2, value.float), whole(20, TYPES.float)];
  return [part(1, name), part(8, Buffer.concat(value.map(varint))), whole(20, TYPES.ints)];
}

function value(name: string, dims: readonly Dim[]): Field[] {
  const sizes = dims.map((dim) => part(1, [typeof dim === 'number' ? whole(1, dim) : part(2, dim)]));
  return [part(1, name), part(2, [part(1, [whole(1, FLOAT), part(2, sizes)])])];
}
