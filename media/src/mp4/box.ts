import { MalformedError } from '../bytes/index.ts';

/** A box inside a buffer: `[start, end)` with its header, `[payload, end)` without. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly payload: number;
  readonly end: number;
}

/** The head of a box as it stands in a file. `size` counts the head; 0 means up to the end of the file. */
export interface BoxHead {
  readonly type: string;
  readonly headBytes: number;
  readonly size: number;
}

/** Bytes that hold any box head (ISO/IEC 14496-12 4.2). */
export const MAX_HEAD_BYTES = 16;
const MAX_CHILDREN = 1024;
const TWO_32 = 2 ** 32;

/** The head at `at`; undefined when there are too few bytes or the size is below that of the head. */
export function readBoxHead(buffer: Buffer, at: number): BoxHead | undefined {
  if (at + 8 > buffer.length) return undefined;
  const short = buffer.readUInt32BE(at);
  const type = buffer.toString('latin1', at + 4, at + 8);
  if (short !== 1) return short === 0 || short >= 8 ? { type, headBytes: 8, size: short } : undefined;
  if (at + MAX_HEAD_BYTES > buffer.length) return undefined;
  const size = buffer.readUInt32BE(at + 8) * TWO_32 + buffer.readUInt32BE(at + 12);
  return size >= MAX_HEAD_BYTES && Number.isSafeInteger(size)
    ? { type, headBytes: MAX_HEAD_BYTES, size }
    : undefined;
}

/** The boxes that fill `[start, end)`; up to 7 stray bytes at the end are forgiven. Throws MalformedError. */
export function childBoxes(buffer: Buffer, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  let at = start;
  while (at + 8 <= end) {
    const head = readBoxHead(buffer, at);
    const size = head?.size === 0 ? end - at : head?.size;
    if (!head || !size || at + size > end) throw new MalformedError('box larger than its parent', at);
    if (boxes.length === MAX_CHILDREN) throw new MalformedError(`more than ${MAX_CHILDREN} boxes in one`, at);
    boxes.push({ type: head.type, start: at, payload: at + head.headBytes, end: at + size });
    at += size;
  }
  return boxes;
}

/** The one child at the end of a path of box types. Throws MalformedError when it is missing. */
export function boxAt(buffer: Buffer, parent: Box, ...path: string[]): Box {
  let box = parent;
  for (const type of path) {
    const child = childBoxes(buffer, box.payload, box.end).find((one) => one.type === type);
    if (!child) throw new MalformedError(`no ${type} in ${box.type}`, box.start);
    box = child;
  }
  return box;
}

/** Throws MalformedError unless the box has `bytes` of payload. */
export function atLeast(box: Box, bytes: number): void {
  if (box.end - box.payload < bytes) throw new MalformedError(`${box.type} ends too early`, box.start);
}

/** A 64-bit number. Throws MalformedError beyond 2^53. */
export function readUInt64(buffer: Buffer, at: number): number {
  const value = buffer.readUInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new MalformedError('number beyond 2^53', at);
  return value;
}
