import { call, get, i32, isBelow, loopWhile, type Program, pop, set, tee, v128 } from './wasm.ts';

/** SHA-1 (FIPS 180-4 6.1) of four messages at once, one in each lane. */

const K = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const [STATE, WORKING, CONSTANT] = [16, 21, 26];

/** Number of {@link compress} in a module; it has to be the first function. */
const COMPRESS = 0;

type Code = readonly number[];

const rotated = (local: number, bits: number): number[] =>
  v128.or(v128.shiftLeft(get(local), bits), v128.shiftRight(get(local), 32 - bits));

/** Ch, Parity and Maj (FIPS 180-4 4.1.1). */
function mixed(round: number, b: Code, c: Code, d: Code): number[] {
  if (round < 20) return v128.select(c, d, b);
  if (round < 40 || round >= 60) return v128.xor(b, v128.xor(c, d));
  return v128.select(d, b, v128.xor(b, c));
}

function schedule(round: number): number[] {
  const slot = (back: number): number[] => get((round + 16 - back) % 16);
  const now = round % 16;
  if (round < 16) return get(now);
  const sum = v128.xor(v128.xor(slot(3), slot(8)), v128.xor(slot(14), slot(16)));
  return [...set(now, sum), ...tee(now, rotated(now, 1))];
}

/** The words of a block and a state go in; the state behind the block comes out. */
function compress(): Program {
  let [a, b, c, d, e] = [0, 1, 2, 3, 4].map((index) => WORKING + index) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const code = [a, b, c, d, e].flatMap((local, index) => set(local, get(STATE + index)));
  for (let round = 0; round < 80; round++) {
    if (round % 20 === 0) code.push(...set(CONSTANT, v128.splat(i32.const(K[round / 20]!))));
    const word = v128.add(schedule(round), get(CONSTANT));
    const sum = v128.add(
      v128.add(get(e), word),
      v128.add(mixed(round, get(b), get(c), get(d)), rotated(a, 5)),
    );
    code.push(...set(e, sum), ...set(b, rotated(b, 30)));
    [a, b, c, d, e] = [e, a, b, c, d];
  }
  for (const [index, local] of [a, b, c, d, e].entries())
    code.push(...v128.add(get(STATE + index), get(local)));
  return { params: { i32: 0, v128: 21 }, locals: { i32: 0, v128: 6 }, results: 5, code };
}

const bytesOf = (...words: readonly number[]): number[] =>
  words.flatMap((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte));
/** Big-endian words (FIPS 180-4 3.1) to those of the machine, and back. */
const SWAP = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
const swapped = (value: Code): number[] => v128.shuffle(value, value, SWAP);

/** Parameters of `hmac`, and its locals behind them. */
const [MESSAGE, BLOCKS, TAG, KEY, MOST, DONE] = [0, 4, 8, 12, 13, 14];
const [LANES, HASH, COUNTS, WORD] = [15, 19, 24, 25];

/** Four messages' next 16 bytes as four vectors, of which each has one word of all messages. */
function loadWords(part: number): number[] {
  const from = [0, 1, 2, 3].map((lane) => swapped(v128.load(get(MESSAGE + lane), part * 16)));
  const code = from.flatMap((value, lane) => set(LANES + lane, value));
  const pairs = (one: number, other: number, words: readonly number[]): number[] =>
    v128.shuffle(get(LANES + one), get(LANES + other), bytesOf(...words));
  const [low, high] = [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ] as const;
  const target = WORD + part * 4;
  code.push(
    ...set(target, pairs(0, 1, low)),
    ...set(target + 1, pairs(2, 3, low)),
    ...set(target + 2, pairs(0, 1, high)),
    ...set(target + 3, pairs(2, 3, high)),
  );
  for (const first of [target, target + 2]) {
    const whole = (words: readonly number[]): number[] =>
      v128.shuffle(get(first), get(first + 1), bytesOf(...words));
    code.push(
      ...set(LANES, whole([0, 1, 4, 5])),
      ...set(first + 1, whole([2, 3, 6, 7])),
      ...set(first, get(LANES)),
    );
  }
  return code;
}

const words = Array.from({ length: 16 }, (_, index) => get(WORD + index)).flat();
const hash = [0, 1, 2, 3, 4].map((index) => HASH + index);
const keyed = (offset: number): number[] =>
  hash.flatMap((local, index) => set(local, v128.loadSplat(get(KEY), offset + index * 4)));

/** The inner hash: lanes whose message has ended keep their state. */
function inner(): number[] {
  const active = v128.above(get(COUNTS), v128.splat(get(DONE)));
  const next = [...words, ...hash.flatMap(get), ...call(COMPRESS)];
  // Results come off the stack last first; the schedule's locals are free now.
  const taken = [4, 3, 2, 1, 0].flatMap((index) => pop(WORD + index));
  const kept = hash.flatMap((local, index) => set(local, v128.select(get(WORD + index), get(local), active)));
  const onwards = [0, 1, 2, 3].flatMap((lane) =>
    set(MESSAGE + lane, i32.add(get(MESSAGE + lane), i32.const(64))),
  );
  const loads = [0, 1, 2, 3].flatMap(loadWords);
  return loopWhile(
    [...loads, ...next, ...taken, ...kept, ...onwards, ...set(DONE, i32.add(get(DONE), i32.const(1)))],
    isBelow(get(DONE), get(MOST)),
  );
}

/** The outer hash over the 20 bytes of the inner one (RFC 2104). */
function outer(): number[] {
  const code = hash.flatMap((local, index) => set(WORD + index, get(local)));
  const tail = [0x80000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, (64 + 20) * 8];
  for (const [index, word] of tail.entries())
    code.push(...set(WORD + 5 + index, v128.splat(i32.const(word))));
  code.push(...keyed(20), ...words, ...hash.flatMap(get), ...call(COMPRESS));
  for (const index of [4, 3, 2, 1, 0]) code.push(...pop(HASH + index));
  return code;
}

/**
 * `hmac(m0, m1, m2, m3, n0, n1, n2, n3, t0, t1, t2, t3, key, most)`: messages that are padded to whole blocks already,
 * their numbers of blocks and the most of them, where the first 10 bytes of each HMAC go (a lane that is not used:
 * anywhere), and where the key's two states stand, 5 words each.
 */
function hmac(): Program {
  const counts = [1, 2, 3].reduce<number[]>(
    (value, lane) => v128.withLane(value, lane, get(BLOCKS + lane)),
    v128.splat(get(BLOCKS)),
  );
  const code = [...set(COUNTS, counts), ...keyed(0), ...inner(), ...outer()];
  for (const index of [0, 1, 2]) code.push(...set(HASH + index, swapped(get(HASH + index))));
  for (const lane of [0, 1, 2, 3]) {
    const word = (index: number): number[] => v128.lane(get(HASH + index), lane);
    code.push(...i32.store(get(TAG + lane), word(0)), ...i32.store(get(TAG + lane), word(1), 4));
    code.push(...i32.store16(get(TAG + lane), word(2), 8));
  }
  return { name: 'hmac', params: { i32: 14, v128: 0 }, locals: { i32: 1, v128: 26 }, results: 0, code };
}

/** What computes HMAC-SHA1; the first functions of a module. */
export const sha1Programs = (): Program[] => [compress(), hmac()];
