export { BitReader } from './bit-reader.ts';
export { BitWriter } from './bit-writer.ts';
export { ByteWriter } from './byte-writer.ts';
export { escapeNal, unescapeNal } from './emulation.ts';
export { MalformedError, unlessMalformed } from './malformed.ts';
