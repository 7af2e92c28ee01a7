import { ByteWriter, MalformedError } from '../bytes/index.ts';

/** One place where a track can be entered: ticks of its timescale, byte offset of the `moof`. */
export interface AccessPoint {
  readonly time: number;
  readonly moofOffset: number;
}

/** The key frames of one track, in order. */
export interface TrackIndex {
  readonly trackId: number;
  readonly points: readonly AccessPoint[];
}

/** Bytes of the `mfro` box that ends a closed file. */
export const MFRO_BYTES = 16;

const TWO_32 = 2 ** 32;

/** The movie fragment random access box for the end of a file (ISO/IEC 14496-12 8.8.9 to 8.8.11). */
export function writeMfra(tracks: readonly TrackIndex[]): Buffer {
  const out = new ByteWriter(64 + tracks.reduce((sum, track) => sum + 24 + 19 * track.points.length, 0));
  out.box('mfra', () => {
    for (const { trackId, points } of tracks) {
      out.fullBox('tfra', 1, 0, () => {
        out.u32(trackId).u32(0).u32(points.length);
        for (const { time, moofOffset } of points) out.u64(time).u64(moofOffset).u8(1).u8(1).u8(1);
      });
    }
    out.fullBox('mfro', 0, 0, () => out.u32(out.length + 4));
  });
  return out.finish();
}

/** The size of the `mfra` whose last bytes are `tail`; undefined when `tail` does not end with an `mfro`. */
export function mfraSize(tail: Buffer): number | undefined {
  const at = tail.length - MFRO_BYTES;
  if (at < 0 || tail.readUInt32BE(at) !== MFRO_BYTES || tail.toString('latin1', at + 4, at + 8) !== 'mfro')
    return undefined;
  return tail.readUInt32BE(at + 12);
}

/** Reads a whole `mfra` box. Throws MalformedError. */
export function readMfra(box: Buffer): TrackIndex[] {
  if (box.length < 8 || box.readUInt32BE(0) !== box.length || box.toString('latin1', 4, 8) !== 'mfra') {
    throw new MalformedError('not a whole mfra', 0);
  }
  const tracks: TrackIndex[] = [];
  let at = 8;
  while (at + 8 <= box.length) {
    const size = box.readUInt32BE(at);
    if (size < 8 || at + size > box.length) throw new MalformedError(`box of ${size} bytes in mfra`, at);
    if (box.toString('latin1', at + 4, at + 8) === 'tfra') tracks.push(readTfra(box, at, at + size));
    at += size;
  }
  return tracks;
}

function readTfra(box: Buffer, start: number, end: number): TrackIndex {
  if (end - start < 24) throw new MalformedError('tfra ends too early', start);
  const wide = box[start + 8] === 1 ? 8 : 4;
  const lengths = box[start + 19]!;
  const numbers = 3 + ((lengths >> 4) & 3) + ((lengths >> 2) & 3) + (lengths & 3);
  const entry = 2 * wide + numbers;
  const count = box.readUInt32BE(start + 20);
  if (count * entry > end - start - 24) throw new MalformedError(`tfra of ${count} entries`, start);
  const points: AccessPoint[] = [];
  for (let i = 0, at = start + 24; i < count; i++, at += entry) {
    points.push({ time: number(box, at, wide), moofOffset: number(box, at + wide, wide) });
  }
  return { trackId: box.readUInt32BE(start + 12), points };
}

function number(box: Buffer, at: number, bytes: number): number {
  if (bytes === 4) return box.readUInt32BE(at);
  const value = box.readUInt32BE(at) * TWO_32 + box.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new MalformedError('number beyond 2^53', at);
  return value;
}
