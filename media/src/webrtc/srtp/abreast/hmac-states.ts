/** First words of SHA-1 and its constants (FIPS 180-4 5.3.1, 4.2.1). */
const FIRST = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
const K = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const BLOCK = 64;

/**
 * The states of SHA-1 behind the inner and the outer block of an HMAC's key of up to 64 bytes (RFC 2104), 5 words each
 * as the machine has them: they are the same for each message.
 */
export function hmacStates(key: Buffer): Uint8Array {
  const state = (pad: number): number[] => {
    const block = Buffer.alloc(BLOCK, pad);
    for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
    return afterBlock(block);
  };
  return new Uint8Array(Uint32Array.from([...state(0x36), ...state(0x5c)]).buffer);
}

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** FIPS 180-4 6.1.2. */
function afterBlock(block: Buffer): number[] {
  const words = Array.from({ length: 16 }, (_, index) => block.readInt32BE(index * 4));
  let [a, b, c, d, e] = FIRST as [number, number, number, number, number];
  for (let round = 0; round < 80; round++) {
    if (round >= 16) {
      const sum = words[round - 3]! ^ words[round - 8]! ^ words[round - 14]! ^ words[round - 16]!;
      words.push(rotated(sum, 1));
    }
    const next = (rotated(a, 5) + mixed(round, b, c, d) + e + K[Math.floor(round / 20)]! + words[round]!) | 0;
    [a, b, c, d, e] = [next, a, rotated(b, 30), c, d];
  }
  return [a, b, c, d, e].map((word, index) => (word + FIRST[index]!) >>> 0);
}

function mixed(round: number, b: number, c: number, d: number): number {
  if (round < 20) return (b & c) | (~b & d);
  return round < 40 || round >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
}
