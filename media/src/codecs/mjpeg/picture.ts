import { type JpegFacts, MARKER } from './header.ts';
import { HUFFMAN } from './tables.ts';

/** A JPEG picture that RFC 2435 can carry: its facts, and the entropy-coded data `[scan, scanEnd)`. */
export interface JpegPicture extends JpegFacts {
  readonly scan: number;
  readonly scanEnd: number;
}

const MAX_SEGMENTS = 64;
const EOI = Buffer.from([0xff, MARKER.eoi]);

interface Segments {
  readonly quantizers: Map<number, Buffer>;
  readonly huffman: Map<number, Buffer>;
  frame: Buffer | undefined;
  restartInterval: number;
}

/**
 * The picture `[start, end)`, whose buffers are views of `b`; undefined when it is no JPEG or not one that RFC
 * 2435 carries: baseline, three components of 4:2:2 or 4:2:0, the standard Huffman tables.
 */
export function readJpeg(b: Buffer, start: number, end: number): JpegPicture | undefined {
  const segments: Segments = {
    quantizers: new Map(),
    huffman: new Map(),
    frame: undefined,
    restartInterval: 0,
  };
  let at = start + 2;
  if (end - start < 4 || b[start] !== 0xff || b[start + 1] !== MARKER.soi) return undefined;
  for (let i = 0; i < MAX_SEGMENTS && at + 4 <= end; i++) {
    const marker = b[at + 1]!;
    const next = at + 2 + b.readUInt16BE(at + 2);
    if (b[at] !== 0xff || next > end || next < at + 4) return undefined;
    if (!readSegment(segments, marker, b.subarray(at + 4, next))) return undefined;
    at = next;
    if (marker === MARKER.sos) return finish(segments, at, scanEnd(b, at, end));
  }
  return undefined;
}

/** Cameras put bytes behind EOI, or leave it out. */
function scanEnd(b: Buffer, scan: number, end: number): number {
  const eoi = b.subarray(scan, end).lastIndexOf(EOI);
  return eoi < 0 ? end : scan + eoi;
}

/** False for a picture of another process than baseline, or a broken segment. */
function readSegment(segments: Segments, marker: number, body: Buffer): boolean {
  if (marker === MARKER.dqt) return readQuantizers(segments.quantizers, body);
  if (marker === MARKER.dht) return readHuffman(segments.huffman, body);
  if (marker === MARKER.sof0) segments.frame = body;
  else if (marker >= 0xc1 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) return false;
  if (marker === MARKER.dri) {
    if (body.length < 2) return false;
    segments.restartInterval = body.readUInt16BE(0);
  }
  return true;
}

function readQuantizers(tables: Map<number, Buffer>, body: Buffer): boolean {
  let at = 0;
  while (at < body.length) {
    const end = at + 1 + (body[at]! > 15 ? 128 : 64);
    if (end > body.length) return false;
    tables.set(body[at]! & 15, body.subarray(at + 1, end));
    at = end;
  }
  return true;
}

function readHuffman(tables: Map<number, Buffer>, body: Buffer): boolean {
  let at = 0;
  while (at < body.length) {
    let codes = 0;
    for (let i = 1; i <= 16; i++) codes += body[at + i] ?? 0;
    const end = at + 17 + codes;
    if (end > body.length) return false;
    tables.set(body[at]!, body.subarray(at, end));
    at = end;
  }
  return true;
}

/** Tables that are left out are the standard ones (quirk 47). */
function isStandard(tables: ReadonlyMap<number, Buffer>): boolean {
  return HUFFMAN.every((standard) => tables.get(standard[0]!)?.equals(standard) ?? true);
}

function finish(segments: Segments, scan: number, end: number): JpegPicture | undefined {
  const { frame, quantizers, restartInterval } = segments;
  if (!frame || frame.length < 15 || frame[0] !== 8 || frame[5] !== 3) return undefined;
  const height = frame.readUInt16BE(1);
  const width = frame.readUInt16BE(3);
  const halfLines = frame[7] === 0x22;
  const sampled = (halfLines || frame[7] === 0x21) && frame[10] === 0x11 && frame[13] === 0x11;
  const luminance = quantizers.get(frame[8]!);
  const chrominance = quantizers.get(frame[11]!);
  const whole = luminance && chrominance && frame[11] === frame[14] && isStandard(segments.huffman);
  if (!whole || !sampled || width === 0 || height === 0) return undefined;
  return { width, height, halfLines, tables: [luminance, chrominance], restartInterval, scan, scanEnd: end };
}
