/** Writes WebAssembly modules (core specification 2.0, chapter 5), as much of them as the programs of this folder need. */

const I32 = 0x7f;
const V128 = 0x7b;
const SIMD = 0xfd;

/** A function: numbers of i32 or v128 parameters, further locals, and its code without the closing `end`. */
export interface Program {
  /** Undefined: for the module alone. */
  readonly name?: string;
  readonly params: { readonly i32: number; readonly v128: number };
  readonly locals: { readonly i32: number; readonly v128: number };
  /** v128 results. */
  readonly results: number;
  readonly code: readonly number[];
}

/** A module of these functions, with one exported memory of `pages` x 64 KiB that never grows. */
export function moduleOf(programs: readonly Program[], pages: number): Uint8Array<ArrayBuffer> {
  const text = (name: string): number[] => vector([...Buffer.from(name)].map((byte) => [byte]));
  const types = programs.map(({ params, results }) => [
    0x60,
    ...vector([...repeat(params.i32, [I32]), ...repeat(params.v128, [V128])]),
    ...vector(repeat(results, [V128])),
  ]);
  const exported = programs.flatMap(({ name }, index) =>
    name === undefined ? [] : [[...text(name), 0x00, ...unsigned(index)]],
  );
  const bodies = programs.map(({ locals, code }) => {
    const groups = [
      [...unsigned(locals.i32), I32],
      [...unsigned(locals.v128), V128],
    ];
    const body = [...vector(groups), ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(3, vector(programs.map((_, index) => unsigned(index)))),
    ...section(5, vector([[0x01, ...unsigned(pages), ...unsigned(pages)]])),
    ...section(7, vector([[...text('memory'), 0x02, 0x00], ...exported])),
    ...section(10, vector(bodies)),
  ]);
}

const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
];
const vector = (all: readonly (readonly number[])[]): number[] => [...unsigned(all.length), ...all.flat()];
const repeat = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

/** LEB128 (5.2.2). */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const byte = rest & 127;
    if (rest >> 6 === 0 || rest >> 6 === -1) return [...bytes, byte];
    bytes.push(byte | 128);
  }
}

type Code = readonly number[];
const simd = (opcode: number): number[] => [SIMD, ...unsigned(opcode)];
const at = (offset: number): number[] => [0x00, ...unsigned(offset)];

/** Instructions, each with what it works on in front of it, as they stand in a stack machine's code. */
export const get = (local: number): number[] => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): number[] => [...value, 0x21, ...unsigned(local)];
export const tee = (local: number, value: Code): number[] => [...value, 0x22, ...unsigned(local)];
/** Stores what a call left on the stack. */
export const pop = (local: number): number[] => [0x21, ...unsigned(local)];
export const call = (program: number): number[] => [0x10, ...unsigned(program)];

export const i32 = {
  const: (value: number): number[] => [0x41, ...signed(value)],
  add: (a: Code, b: Code): number[] => [...a, ...b, 0x6a],
  store: (address: Code, value: Code, offset = 0): number[] => [
    ...address,
    ...value,
    0x36,
    2,
    ...unsigned(offset),
  ],
  store16: (address: Code, value: Code, offset = 0): number[] => [
    ...address,
    ...value,
    0x3b,
    1,
    ...unsigned(offset),
  ],
};

/** Runs `body` while `condition`, looked at behind it, holds. */
export const loopWhile = (body: Code, condition: Code): number[] => [
  ...[0x03, 0x40],
  ...body,
  ...condition,
  ...[0x0d, 0x00, 0x0b],
];
export const isBelow = (a: Code, b: Code): number[] => [...a, ...b, 0x49];

export const v128 = {
  load: (address: Code, offset = 0): number[] => [...address, ...simd(0x00), ...at(offset)],
  /** One word in all lanes. */
  loadSplat: (address: Code, offset = 0): number[] => [...address, ...simd(0x09), ...at(offset)],
  store: (address: Code, value: Code, offset = 0): number[] => [
    ...address,
    ...value,
    ...simd(0x0b),
    ...at(offset),
  ],
  splat: (value: Code): number[] => [...value, ...simd(0x11)],
  lane: (value: Code, lane: number): number[] => [...value, ...simd(0x1b), lane],
  withLane: (value: Code, lane: number, word: Code): number[] => [...value, ...word, ...simd(0x1c), lane],
  /** Bytes by number, those of `b` from 16 on. */
  shuffle: (a: Code, b: Code, bytes: readonly number[]): number[] => [...a, ...b, ...simd(0x0d), ...bytes],
  add: (a: Code, b: Code): number[] => [...a, ...b, ...simd(0xae)],

  or: (a: Code, b: Code): number[] => [...a, ...b, ...simd(0x50)],
  xor: (a: Code, b: Code): number[] => [...a, ...b, ...simd(0x51)],
  /** Bits of `a` where `mask` has ones, else of `b`. */
  select: (a: Code, b: Code, mask: Code): number[] => [...a, ...b, ...mask, ...simd(0x52)],
  shiftLeft: (a: Code, bits: number): number[] => [...a, ...i32.const(bits), ...simd(0xab)],
  shiftRight: (a: Code, bits: number): number[] => [...a, ...i32.const(bits), ...simd(0xad)],
  /** All ones in the lanes where `a` is above `b`. */
  above: (a: Code, b: Code): number[] => [...a, ...b, ...simd(0x3b)],
};
