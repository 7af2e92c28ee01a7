import { ByteWriter, MalformedError } from '../bytes/index.ts';
import { atLeast, type Box, childBoxes, readUInt64 } from './box.ts';

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
export function readMfra(buffer: Buffer): TrackIndex[] {
  const [mfra] = childBoxes(buffer, 0, buffer.length);
  if (mfra?.type !== 'mfra') throw new MalformedError('not an mfra', 0);
  return childBoxes(buffer, mfra.payload, mfra.end)
    .filter((box) => box.type === 'tfra')
    .map((tfra) => readTfra(buffer, tfra));
}

function readTfra(buffer: Buffer, tfra: Box): TrackIndex {
  atLeast(tfra, 16);
  const start = tfra.payload;
  const wide = buffer[start] === 1 ? 8 : 4;
  const lengths = buffer[start + 11]!;
  const entry = 2 * wide + 3 + ((lengths >> 4) & 3) + ((lengths >> 2) & 3) + (lengths & 3);
  const count = buffer.readUInt32BE(start + 12);
  atLeast(tfra, 16 + count * entry);
  const points: AccessPoint[] = [];
  for (let i = 0, at = start + 16; i < count; i++, at += entry) {
    points.push({ time: number(buffer, at, wide), moofOffset: number(buffer, at + wide, wide) });
  }
  return { trackId: buffer.readUInt32BE(start + 4), points };
}

function number(buffer: Buffer, at: number, bytes: number): number {
  return bytes === 4 ? buffer.readUInt32BE(at) : readUInt64(buffer, at);
}
