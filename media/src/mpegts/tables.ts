import { ByteWriter } from '../bytes/index.ts';

const PROGRAM = 1;
export const PID = { pat: 0, pmt: 0x1000, video: 0x100, audio: 0x101 } as const;

/** The program association table, with its pointer. */
export function patUnit(): Buffer {
  return table(0x00, 1, (out) => out.u16(PROGRAM).u16(0xe000 | PID.pmt));
}

/** The program map table, with its pointer; the clock goes with the picture, or with the sound alone. */
export function pmtUnit(streams: readonly { readonly pid: number; readonly type: number }[]): Buffer {
  return table(0x02, PROGRAM, (out) => {
    out.u16(0xe000 | (streams[0]?.pid ?? 0x1fff)).u16(0xf000);
    for (const { pid, type } of streams)
      out
        .u8(type)
        .u16(0xe000 | pid)
        .u16(0xf000);
  });
}

/** A section of version 0, current, the only one (ISO/IEC 13818-1 2.4.4). */
function table(id: number, extension: number, body: (out: ByteWriter) => void): Buffer {
  const inner = new ByteWriter();
  inner.u16(extension).u8(0xc1).u16(0);
  body(inner);
  const bytes = inner.finish();
  const section = new ByteWriter();
  section
    .u8(id)
    .u16(0xb000 | (bytes.length + 4))
    .bytes(bytes);
  const checked = section.finish();
  return Buffer.concat([Buffer.from([0]), checked, crcOf(checked)]);
}

/** CRC_32 of ISO/IEC 13818-1 annex A. */
function crcOf(bytes: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  const out = Buffer.alloc(4);
  out.writeUInt32BE(crc >>> 0);
  return out;
}
