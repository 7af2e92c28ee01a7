/** Open bitstream units of AV1 (AV1 Bitstream & Decoding Process Specification 6.2.2). */
export const OBU = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  frameHeader: 3,
  frame: 6,
  tileList: 8,
  padding: 15,
} as const;

const HAS_EXTENSION = 0x04;
const HAS_SIZE = 0x02;
/** A leb128 number has at most eight bytes (4.10.5). */
const MAX_LEB = 8;

export const obuType = (b: Buffer, at: number): number => (b[at]! >> 3) & 15;

/** Bytes of the header: one, or two with an extension. */
export const obuHeaderBytes = (b: Buffer, at: number): 1 | 2 => (b[at]! & HAS_EXTENSION ? 2 : 1);

/** One unit of a low-overhead stream: header at `start`, payload `[payload, end)`. */
export interface Obu {
  readonly type: number;
  readonly start: number;
  readonly payload: number;
  readonly end: number;
}

/** A leb128 number (4.10.5) and where it ends; undefined where it is cut off or too long for a size. */
export function readLeb128(
  b: Buffer,
  start: number,
  end: number,
): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < MAX_LEB && start + i < end; i++) {
    const byte = b[start + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (value > 0xffff_ffff) return undefined;
    if ((byte & 0x80) === 0) return { value, end: start + i + 1 };
  }
  return undefined;
}

/** The bytes of a leb128 number, no more than it needs. */
export function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest >= 0x80;
    bytes.push((rest % 0x80) | (more ? 0x80 : 0));
    rest = Math.floor(rest / 0x80);
  } while (rest > 0);
  return bytes;
}

/** The units of `[start, end)`; the last may go without a size. Undefined where sizes do not fill it. */
export function splitObus(b: Buffer, start: number, end: number): Obu[] | undefined {
  const units: Obu[] = [];
  let at = start;
  while (at < end) {
    const header = obuHeaderBytes(b, at);
    if (b[at]! & 0x80 || at + header > end) return undefined;
    const sized =
      (b[at]! & HAS_SIZE) !== 0
        ? readLeb128(b, at + header, end)
        : { value: end - at - header, end: at + header };
    if (!sized || sized.end + sized.value > end) return undefined;
    units.push({ type: obuType(b, at), start: at, payload: sized.end, end: sized.end + sized.value });
    at = sized.end + sized.value;
  }
  return units;
}

/** Header and size of a unit as samples have it: every one with its size (AV1 in ISOBMFF 2.4). */
export function obuHead(b: Buffer, start: number, payloadBytes: number): Buffer {
  const header = obuHeaderBytes(b, start);
  const first = b[start]! | HAS_SIZE;
  return Buffer.from([first, ...(header === 2 ? [b[start + 1]!] : []), ...leb128(payloadBytes)]);
}

/** Belongs into samples and packets; delimiters and padding do not, nor tile lists, which no camera sends. */
export const isCarriedObu = (type: number): boolean =>
  type !== OBU.temporalDelimiter && type !== OBU.padding && type !== OBU.tileList;

/** The first frame header of a temporal unit says that a decoder can begin here: a key frame that is shown (5.9.2). */
export function isKeyFrameObu(b: Buffer, { type, payload, end }: Obu): boolean {
  if ((type !== OBU.frame && type !== OBU.frameHeader) || payload >= end) return false;
  // show_existing_frame, two bits of frame_type, show_frame.
  return (b[payload]! & 0xf0) === 0x10;
}
