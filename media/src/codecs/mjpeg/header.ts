import { ByteWriter } from '../../bytes/index.ts';
import { HUFFMAN } from './tables.ts';

/** What a JPEG picture of RFC 2435 needs in front of its scan. */
export interface JpegFacts {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Chrominance has half the lines (4:2:0, RFC 2435 type 1), not only half the columns (4:2:2, type 0). */
  readonly halfLines: boolean;
  /** Quantization tables in zigzag order, first the one of luminance; 64 bytes each, 128 where values have 16 bits. */
  readonly tables: readonly Buffer[];
  /** MCUs from one restart marker to the next, 0 for none. */
  readonly restartInterval: number;
}

/** Marker codes of ITU-T T.81 table B.1. */
export const MARKER = {
  soi: 0xd8,
  eoi: 0xd9,
  sos: 0xda,
  dqt: 0xdb,
  dri: 0xdd,
  sof0: 0xc0,
  dht: 0xc4,
  app0: 0xe0,
};

/** JFIF 1.1 without units and thumbnail. */
const JFIF = Buffer.from('4a46494600010100000100010000', 'hex');
/** Components 1 to 3 with their Huffman tables; spectral selection of a baseline scan. */
const SCAN = Buffer.from('03010002110311003f00', 'hex');

/** Segments from SOI to SOS of a baseline JPEG with the standard Huffman tables (JFIF, ITU-T T.81 B.2). */
export function jpegHeader(facts: JpegFacts): Buffer {
  const { tables, restartInterval } = facts;
  const out = new ByteWriter(1024);
  out.u8(0xff).u8(MARKER.soi);
  segment(out, MARKER.app0, JFIF);
  tables.forEach((table, id) => {
    const precision = table.length > 64 ? 0x10 : 0;
    segment(out, MARKER.dqt, Buffer.from([precision | id, ...table]));
  });
  if (restartInterval > 0)
    segment(out, MARKER.dri, Buffer.from([restartInterval >> 8, restartInterval & 255]));
  segment(out, MARKER.sof0, frameHeader(facts));
  for (const table of HUFFMAN) segment(out, MARKER.dht, table);
  segment(out, MARKER.sos, SCAN);
  return out.finish();
}

function frameHeader({ width, height, halfLines, tables }: JpegFacts): Buffer {
  const chrominance = tables.length > 1 ? 1 : 0;
  const out = new ByteWriter();
  out.u8(8).u16(height).u16(width).u8(3);
  out
    .u8(1)
    .u8(halfLines ? 0x22 : 0x21)
    .u8(0);
  out.u8(2).u8(0x11).u8(chrominance);
  out.u8(3).u8(0x11).u8(chrominance);
  return out.finish();
}

function segment(out: ByteWriter, marker: number, body: Buffer): void {
  out
    .u8(0xff)
    .u8(marker)
    .u16(body.length + 2)
    .bytes(body);
}
