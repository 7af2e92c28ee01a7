import { BitWriter, escapeNal } from '../../../bytes/index.ts';
import { type H264Format, h264Format } from '../../../codecs/index.ts';
import type { Packet } from './exchange.ts';

export interface SpsFacts {
  readonly width: number;
  readonly height: number;
  readonly id?: number;
  /** 66 promises no B-frames; 77 promises nothing. */
  readonly profile?: 66 | 77;
}

/** A sequence parameter set (ITU-T H.264 7.3.2.1.1) without VUI. Sizes are multiples of 16. */
export function sps({ width, height, id = 0, profile = 66 }: SpsFacts): Buffer {
  const bits = new BitWriter();
  bits.bits(8, 0x67).bits(8, profile).bits(8, 0).bits(8, 31).ue(id);
  bits
    .ue(0)
    .ue(2)
    .ue(1)
    .flag(false)
    .ue(width / 16 - 1)
    .ue(height / 16 - 1);
  bits.flag(true).flag(true).flag(false).flag(false).flag(true);
  return escapeNal(bits.finish());
}

/** A picture parameter set that refers to SPS 0; `salt` makes different ones of one id. */
export function pps(id = 0, salt = 0): Buffer {
  const bits = new BitWriter();
  bits.bits(8, 0x68).ue(id).ue(0);
  bits.bits(8, 0x38 + salt).trailing();
  return escapeNal(bits.finish());
}

export function formatOf(facts: SpsFacts): H264Format {
  return h264Format([sps(facts)], [pps()]);
}

/** A slice of `size` bytes; `first`: its first_mb_in_slice, 0 begins a picture. */
export function slice(kind: 'idr' | 'p' | 'b', size = 40, first = 0): Buffer {
  const bits = new BitWriter();
  bits.bits(8, kind === 'idr' ? 0x65 : kind === 'p' ? 0x41 : 0x01);
  bits.ue(first).ue(kind === 'idr' ? 7 : kind === 'p' ? 5 : 6);
  bits.flag(true);
  const head = bits.finish();
  return Buffer.concat([head, Buffer.alloc(Math.max(0, size - head.length), 0xa0 + (size & 31))]);
}

export const sei = Buffer.from([0x06, 0x05, 0x01, 0xff, 0x80]);
export const delimiter = Buffer.from([0x09, 0xf0]);

/** What a frame of these NAL units holds. */
export function sample(nals: readonly Buffer[]): Buffer {
  return Buffer.concat(
    nals.flatMap((nal) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(nal.length);
      return [length, nal];
    }),
  );
}

export function single(nal: Buffer, timestamp: number, marker = false): Packet {
  return { payload: nal, timestamp, marker };
}

/** STAP-A (RFC 6184 5.7.1). */
export function aggregated(nals: readonly Buffer[], timestamp: number, marker = false): Packet {
  const parts = nals.flatMap((nal) => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(nal.length);
    return [size, nal];
  });
  return { payload: Buffer.concat([Buffer.from([0x78]), ...parts]), timestamp, marker };
}

/** FU-A (RFC 6184 5.8), with as many fragments as `sizes` says and the rest in one more. */
export function fragmented(
  nal: Buffer,
  sizes: readonly number[],
  timestamp: number,
  marker = false,
): Packet[] {
  const bodies: Buffer[] = [];
  let at = 1;
  for (const size of sizes) {
    bodies.push(nal.subarray(at, at + size));
    at = Math.min(nal.length, at + size);
  }
  bodies.push(nal.subarray(at));
  return bodies.map((body, i) => {
    const last = i === bodies.length - 1;
    const head = [(nal[0]! & 0xe0) | 28, (nal[0]! & 31) | (i === 0 ? 0x80 : 0) | (last ? 0x40 : 0)];
    return { payload: Buffer.concat([Buffer.from(head), body]), timestamp, marker: marker && last };
  });
}
