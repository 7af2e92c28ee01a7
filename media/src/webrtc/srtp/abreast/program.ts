import { sha1Programs } from './sha1.ts';
import { get, i32, isBelow, loopWhile, moduleOf, type Program, set, v128 } from './wasm.ts';

/** What is used of the interface (its types come with those of the DOM alone). */
declare const WebAssembly: {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports extends Omit<SealingProgram, 'memory'> {
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** Pages of 64 KiB. */
const PAGES = 4;

const [TO, FROM, KEY, STEP, END] = [0, 1, 2, 3, 4];

/**
 * `cover(to, from, key, step, end)`: 16 bytes at a time, what stands at `from` under what stands at `key`, of which
 * each time `step` bytes are gone over; up to 15 bytes are written beyond `end`.
 */
function cover(): Program {
  const covered = v128.xor(v128.load(get(FROM)), v128.load(get(KEY)));
  const onwards = [TO, FROM].flatMap((local) => set(local, i32.add(get(local), i32.const(16))));
  const body = [...v128.store(get(TO), covered), ...onwards, ...set(KEY, i32.add(get(KEY), get(STEP)))];
  return {
    name: 'cover',
    params: { i32: 5, v128: 0 },
    locals: { i32: 0, v128: 0 },
    results: 0,
    code: loopWhile(body, isBelow(get(TO), get(END))),
  };
}

/** What seals packets abreast; see {@link sha1Programs} and {@link cover}. */
export interface SealingProgram {
  readonly memory: Buffer;
  readonly cover: (to: number, from: number, key: number, step: number, end: number) => void;
  readonly hmac: (...numbers: number[]) => void;
}

/** Undefined where the machine has no vectors for WebAssembly or not the address space for its memory. */
export function loadProgram(): SealingProgram | undefined {
  const bytes = moduleOf([...sha1Programs(), cover()], PAGES);
  if (!WebAssembly.validate(bytes)) return undefined;
  try {
    const { memory, cover, hmac } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
      .exports as Exports;
    return { memory: Buffer.from(memory.buffer), cover, hmac };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
