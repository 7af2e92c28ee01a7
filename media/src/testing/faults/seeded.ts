/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One bit of every byte of `bytes` flipped with the given probability; a copy where any is. */
export function flipped(bytes: Buffer, probability: number, random: () => number): Buffer {
  if (probability <= 0) return bytes;
  const copy = Buffer.from(bytes);
  for (let at = 0; at < copy.length; at++) {
    if (random() < probability) copy[at]! ^= 1 << Math.floor(random() * 8);
  }
  return copy;
}
