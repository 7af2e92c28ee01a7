/** What a certificate needs of DER (ITU-T X.690): tag, length, content. */
const TAG = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  explicit0: 0xa0,
} as const;

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = Buffer.from(length > 0xff ? [0x82, length >>> 8, length & 255] : [0x81, length]);
  return Buffer.concat([Buffer.from([tag]), size, content]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => element(TAG.sequence, ...parts);
export const set = (...parts: readonly Buffer[]): Buffer => element(TAG.set, ...parts);
export const explicit0 = (content: Buffer): Buffer => element(TAG.explicit0, content);
export const utf8 = (text: string): Buffer => element(TAG.utf8, Buffer.from(text));
/** Whole bytes only: no unused bits. */
export const bitString = (bytes: Buffer): Buffer => element(TAG.bitString, Buffer.from([0]), bytes);

/** A number that is not negative, big-endian, in the fewest bytes (X.690 8.3). */
export function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const value = bytes.subarray(start);
  return element(TAG.integer, value[0]! > 127 ? Buffer.concat([Buffer.from([0]), value]) : value);
}

/** An object identifier in dotted form (X.690 8.19). */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 127];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 127) | 128);
  return digits;
}

/** A time in milliseconds since 1970, in the form that its year demands (RFC 5280 4.1.2.5). */
export function time(utc: number): Buffer {
  const date = new Date(utc);
  const text = `${date.toISOString().replace(/[-:T]|\..*$/g, '')}Z`;
  const year = date.getUTCFullYear();
  return year < 2050
    ? element(TAG.utcTime, Buffer.from(text.slice(2)))
    : element(TAG.generalizedTime, Buffer.from(text));
}
