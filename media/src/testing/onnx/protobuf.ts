/** One field of a protocol buffer as bytes: its key and its value. */
export type Field = Buffer;

const [VARINT, LENGTH, FIXED32] = [0, 2, 5];

/** A number as seven bits a byte, lowest first; at most 2^53 - 1. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

const key = (number: number, wire: number): Buffer => varint(number * 8 + wire);

/** A whole number that is not negative. */
export const whole = (number: number, value: number): Field =>
  Buffer.concat([key(number, VARINT), varint(value)]);

/** A number of 32 bits with a point. */
export function float(number: number, value: number): Field {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(number, FIXED32), bytes]);
}

/** Bytes, words, or another message. */
export function part(number: number, value: Buffer | string | readonly Field[]): Field {
  const bytes =
    typeof value === 'string' || Buffer.isBuffer(value) ? Buffer.from(value) : Buffer.concat(value);
  return Buffer.concat([key(number, LENGTH), varint(bytes.length), bytes]);
}
