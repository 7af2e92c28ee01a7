/** The payload of one RTP packet; never modified. */
export interface RunPayload {
  readonly data: Buffer;
  readonly marker: boolean;
  /** Ticks behind the run's time. */
  readonly delta: number;
}

/** RTP packets of one source whose numbers follow each other, such as those of a frame. */
export interface PacketRun {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Of the first packet, 16 bits. */
  readonly sequence: number;
  readonly timestamp: number;
  /** Header extension of the first packet, with its own header, in whole words (RFC 3550 5.3.1). */
  readonly extension: Buffer | undefined;
  readonly payloads: readonly RunPayload[];
}

/** One datagram in parts, in order. */
export type Datagram = readonly Buffer[];

/** Datagrams `[starts[i], ends[i])` in memory that is lent: whoever takes them has copied what it keeps when it returns. */
export interface LentPackets {
  readonly memory: Buffer;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Bytes of all of them. */
export function bytesOf({ starts, ends }: LentPackets): number {
  let bytes = 0;
  for (let i = 0; i < ends.length; i++) bytes += ends[i]! - starts[i]!;
  return bytes;
}

/** Datagrams in one memory, one behind the other. */
export function together(datagrams: readonly Datagram[]): LentPackets {
  const ends: number[] = [];
  let end = 0;
  for (const parts of datagrams) {
    for (const part of parts) end += part.length;
    ends.push(end);
  }
  return { memory: Buffer.concat(datagrams.flat(), end), starts: [0, ...ends.slice(0, -1)], ends };
}

const HEADER = 12;

export const headerLength = ({ extension }: PacketRun, index: number): number =>
  extension && index === 0 ? HEADER + extension.length : HEADER;

/** Writes the RTP header of one packet of a run (RFC 3550 5.1) and returns its length. */
export function writeHeader(b: Uint8Array, at: number, run: PacketRun, index: number): number {
  const { marker, delta } = run.payloads[index]!;
  const { ssrc, extension } = run;
  const sequence = run.sequence + index;
  const time = run.timestamp + delta;
  const extended = extension !== undefined && index === 0;
  b[at] = extended ? 0x90 : 0x80;
  b[at + 1] = marker ? run.payloadType | 128 : run.payloadType;
  b[at + 2] = sequence >>> 8;
  b[at + 3] = sequence;
  b[at + 4] = time >>> 24;
  b[at + 5] = time >>> 16;
  b[at + 6] = time >>> 8;
  b[at + 7] = time;
  b[at + 8] = ssrc >>> 24;
  b[at + 9] = ssrc >>> 16;
  b[at + 10] = ssrc >>> 8;
  b[at + 11] = ssrc;
  if (!extended) return HEADER;
  b.set(extension, at + HEADER);
  return HEADER + extension.length;
}
