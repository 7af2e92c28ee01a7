import { crc32 } from 'node:zlib';

/** A file of an archive; its bytes may come as they are made. */
export interface ZipEntry {
  /** Plain ASCII, with `/` between folders. */
  name: string;
  body: AsyncIterable<Buffer>;
}

interface Written {
  name: Buffer;
  crc: number;
  size: number;
  offset: number;
}

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END = 0x06054b50;
/** Zip64 is needed to read it. */
const VERSION = 45;
/** Sizes and checksum follow the bytes. */
const FLAGS = 0x0008;
/** 1 January 1980: the same bytes each time. */
const DATE = 0x0021;
const IN_EXTRA = 0xffffffff;
const ZIP64 = 0x0001;

/**
 * A ZIP archive while it is made, its files stored as they are (APPNOTE 6.3.10: 4.3.7 local headers, 4.3.9 data
 * descriptors, 4.5.3 Zip64 throughout, so that nothing need be known of sizes beforehand).
 */
export async function* zip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Buffer> {
  const written: Written[] = [];
  let offset = 0;
  for await (const { name: text, body } of entries) {
    const name = Buffer.from(text, 'ascii');
    const head = localHeader(name);
    yield head;
    const begun = offset;
    offset += head.length;
    let crc = 0;
    let size = 0;
    for await (const chunk of body) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
    }
    const tail = descriptor(crc, size);
    yield tail;
    offset += size + tail.length;
    written.push({ name, crc, size, offset: begun });
  }
  const directory = Buffer.concat(written.map(centralHeader));
  yield directory;
  yield end(written.length, directory.length, offset);
}

function localHeader(name: Buffer): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(LOCAL, 0);
  head.writeUInt16LE(VERSION, 4);
  head.writeUInt16LE(FLAGS, 6);
  head.writeUInt16LE(DATE, 12);
  head.writeUInt32LE(IN_EXTRA, 18);
  head.writeUInt32LE(IN_EXTRA, 22);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(20, 28);
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(ZIP64, 0);
  extra.writeUInt16LE(16, 2);
  return Buffer.concat([head, name, extra]);
}

function descriptor(crc: number, size: number): Buffer {
  const out = Buffer.alloc(24);
  out.writeUInt32LE(DESCRIPTOR, 0);
  out.writeUInt32LE(crc, 4);
  out.writeBigUInt64LE(BigInt(size), 8);
  out.writeBigUInt64LE(BigInt(size), 16);
  return out;
}

function centralHeader({ name, crc, size, offset }: Written): Buffer {
  const head = Buffer.alloc(46);
  head.writeUInt32LE(CENTRAL, 0);
  head.writeUInt16LE(VERSION, 4);
  head.writeUInt16LE(VERSION, 6);
  head.writeUInt16LE(FLAGS, 8);
  head.writeUInt16LE(DATE, 14);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(IN_EXTRA, 20);
  head.writeUInt32LE(IN_EXTRA, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(28, 30);
  head.writeUInt32LE(IN_EXTRA, 42);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(ZIP64, 0);
  extra.writeUInt16LE(24, 2);
  for (const [i, value] of [size, size, offset].entries()) extra.writeBigUInt64LE(BigInt(value), 4 + i * 8);
  return Buffer.concat([head, name, extra]);
}

function end(count: number, size: number, offset: number): Buffer {
  const out = Buffer.alloc(56 + 20 + 22);
  out.writeUInt32LE(END_64, 0);
  out.writeBigUInt64LE(44n, 4);
  out.writeUInt16LE(VERSION, 12);
  out.writeUInt16LE(VERSION, 14);
  out.writeBigUInt64LE(BigInt(count), 24);
  out.writeBigUInt64LE(BigInt(count), 32);
  out.writeBigUInt64LE(BigInt(size), 40);
  out.writeBigUInt64LE(BigInt(offset), 48);
  out.writeUInt32LE(LOCATOR_64, 56);
  out.writeBigUInt64LE(BigInt(offset + size), 64);
  out.writeUInt32LE(1, 72);
  out.writeUInt32LE(END, 76);
  out.writeUInt16LE(0xffff, 84);
  out.writeUInt16LE(0xffff, 86);
  out.writeUInt32LE(IN_EXTRA, 88);
  out.writeUInt32LE(IN_EXTRA, 92);
  return out;
}
