/** ITU-T X.690: the few kinds of value that a certificate is made of. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  time: 0x18,
} as const;

/** A value with its tag and length. */
export function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

export const sequence = (...parts: Buffer[]): Buffer => tagged(TAG.sequence, ...parts);
export const set = (...parts: Buffer[]): Buffer => tagged(TAG.set, ...parts);
export const octets = (body: Buffer): Buffer => tagged(TAG.octetString, body);
export const bits = (body: Buffer): Buffer => tagged(TAG.bitString, Buffer.from([0]), body);
export const utf8 = (text: string): Buffer => tagged(TAG.utf8, Buffer.from(text));
export const yes = (): Buffer => tagged(TAG.boolean, Buffer.from([0xff]));

/** A positive number of any size; its first bit is not a sign. */
export function integer(bytes: Buffer): Buffer {
  const sign = (bytes[0] ?? 0) & 0x80 ? [Buffer.from([0])] : [];
  return tagged(TAG.integer, ...sign, bytes);
}

/** GeneralizedTime; milliseconds since 1970. */
export const time = (ms: number): Buffer =>
  tagged(TAG.time, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')}`));

/** A dotted object identifier. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return tagged(TAG.oid, Buffer.from(bytes));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}
