import { ByteWriter, MalformedError } from '../bytes/index.ts';

const MAGIC = Buffer.from('OpusHead');
const FIXED = 19;

/** Ogg's identification header (RFC 7845 5.1), which Enhanced RTMP carries, as MP4's `dOps`. Throws MalformedError. */
export function dopsFromOpusHead(head: Buffer): Buffer {
  if (head.length < FIXED || !head.subarray(0, 8).equals(MAGIC)) throw new MalformedError('no OpusHead', 0);
  const out = new ByteWriter();
  out.u8(0).u8(head[9]!).u16(head.readUInt16LE(10)).u32(head.readUInt32LE(12)).u16(head.readUInt16LE(16));
  return out.bytes(head.subarray(18)).finish();
}

/** The inverse. */
export function opusHeadFromDops(dops: Buffer): Buffer {
  const head = Buffer.alloc(8 + dops.length);
  MAGIC.copy(head);
  dops.copy(head, 8);
  head[8] = 1;
  head.writeUInt16LE(dops.readUInt16BE(2), 10);
  head.writeUInt32LE(dops.readUInt32BE(4), 12);
  head.writeUInt16LE(dops.readUInt16BE(8), 16);
  return head;
}
