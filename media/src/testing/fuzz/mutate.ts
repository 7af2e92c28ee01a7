/** What inputs are made of: whole examples, and pieces that a format gives a meaning. */
export interface Corpus {
  readonly examples: readonly Buffer[];
  readonly pieces?: readonly Buffer[];
}

const MAX_BYTES = 4096;
const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x24];

type Random = () => number;
type Change = (bytes: Buffer, corpus: Corpus, random: Random) => Buffer;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

const splice = (bytes: Buffer, from: number, to: number, put: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)]);

const flip: Change = (bytes, _corpus, random) => {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[below(random, copy.length)]! ^= 1 << below(random, 8);
  return copy;
};
const set: Change = (bytes, _corpus, random) => {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[below(random, copy.length)] = pick(random, INTERESTING);
  return copy;
};
const cut: Change = (bytes, _corpus, random) => {
  const from = below(random, bytes.length + 1);
  return splice(bytes, from, Math.min(bytes.length, from + below(random, 64)), Buffer.alloc(0));
};
const truncate: Change = (bytes, _corpus, random) => bytes.subarray(0, below(random, bytes.length + 1));
const repeat: Change = (bytes, _corpus, random) => {
  const from = below(random, bytes.length + 1);
  const part = bytes.subarray(from, from + below(random, 64));
  return splice(bytes, from, from, Buffer.concat(Array.from({ length: 1 + below(random, 8) }, () => part)));
};
const insert: Change = (bytes, { pieces }, random) => {
  const piece = pieces ? pick(random, pieces) : Buffer.from([below(random, 256)]);
  const from = below(random, bytes.length + 1);
  return splice(bytes, from, from + (random() < 0.5 ? piece.length : 0), piece);
};
const cross: Change = (bytes, { examples }, random) => {
  const other = pick(random, examples);
  return Buffer.concat([
    bytes.subarray(0, below(random, bytes.length + 1)),
    other.subarray(below(random, other.length + 1)),
  ]);
};
const noise: Change = (_bytes, _corpus, random) =>
  Buffer.from(Array.from({ length: below(random, 80) }, () => below(random, 256)));

const CHANGES: readonly Change[] = [flip, flip, set, set, cut, truncate, repeat, insert, insert, cross];

/** An input near an example, or now and then nothing like one; at most 4 KiB. */
export function mutated(corpus: Corpus, random: Random): Buffer {
  let bytes = random() < 0.02 ? noise(Buffer.alloc(0), corpus, random) : pick(random, corpus.examples);
  for (let times = 1 + below(random, 6); times > 0; times--)
    bytes = pick(random, CHANGES)(bytes, corpus, random);
  return Buffer.from(bytes.subarray(0, MAX_BYTES));
}
