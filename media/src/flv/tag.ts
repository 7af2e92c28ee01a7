/** Kinds of FLV tags, which are also RTMP's message types (Video File Format Specification 10.1 E.4.1). */
export const TAG = { audio: 8, video: 9, script: 18 } as const;

export const TAG_HEADER = 11;
/** PreviousTagSize behind every tag. */
export const TAG_TRAILER = 4;

/** Takes tags. Called synchronously: the buffer is only lent. */
export interface TagSink {
  /** The body `[start, end)` of a tag; `timestamp` in milliseconds, modulo 2^32. */
  tag(type: number, timestamp: number, buffer: Buffer, start: number, end: number): void;
}

/** Writes a tag header at `at`. */
export function writeTagHeader(
  out: Buffer,
  at: number,
  type: number,
  timestamp: number,
  bytes: number,
): void {
  out[at] = type;
  out.writeUIntBE(bytes, at + 1, 3);
  out.writeUIntBE(timestamp & 0xffffff, at + 4, 3);
  out[at + 7] = timestamp >>> 24;
  out.writeUIntBE(0, at + 8, 3);
}

/** The milliseconds of the tag header at `at`. */
export function tagTimestamp(b: Buffer, at: number): number {
  return b.readUIntBE(at + 4, 3) + b[at + 7]! * 0x1000000;
}
