import { ByteWriter, MalformedError } from '../bytes/index.ts';

/** What AMF0 can say; dates are milliseconds, what cannot be read is undefined. */
export type AmfValue = number | boolean | string | null | undefined | AmfValue[] | AmfObject;

/** An object, an ECMA array or a typed object (without its type). */
export interface AmfObject {
  [name: string]: AmfValue;
}

const MARKER = {
  number: 0,
  boolean: 1,
  string: 2,
  object: 3,
  null: 5,
  ecmaArray: 8,
  objectEnd: 9,
  strictArray: 10,
  date: 11,
  longString: 12,
  typedObject: 16,
  amf3: 17,
} as const;

const MAX_DEPTH = 16;
/** Values of one message: metadata has some dozens, key-frame indexes of files some thousands. */
const MAX_VALUES = 20_000;

/** Reads Action Message Format 0 from `[start, end)`. Every read throws MalformedError for what breaks the format. */
class AmfReader {
  readonly #b: Buffer;
  readonly #end: number;
  #at: number;
  #values = 0;

  constructor(buffer: Buffer, start: number, end: number) {
    this.#b = buffer;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  value(depth = 0): AmfValue {
    if (depth > MAX_DEPTH) throw new MalformedError('AMF nested too deeply', this.#at);
    if (++this.#values > MAX_VALUES) throw new MalformedError('too many AMF values', this.#at);
    const at = this.#at;
    const read = READERS[this.#u8()];
    if (!read) throw new MalformedError('unknown AMF marker', at);
    return read(this, depth + 1);
  }

  number(): number {
    return this.#b.readDoubleBE(this.#take(8));
  }

  boolean(): boolean {
    return this.#u8() !== 0;
  }

  string(bytes: 2 | 4): string {
    const length = this.#b.readUIntBE(this.#take(bytes), bytes);
    const start = this.#take(length);
    return this.#b.toString('utf8', start, start + length);
  }

  /** Members up to the end marker; encoders that forget it end with the message. */
  members(depth: number): AmfObject {
    const members: AmfObject = Object.create(null) as AmfObject;
    while (!this.done) {
      const name = this.string(2);
      if (name === '' && this.#b[this.#at] === MARKER.objectEnd) {
        this.#at++;
        break;
      }
      if (this.done) break;
      members[name] = this.value(depth);
    }
    return members;
  }

  items(depth: number): AmfValue[] {
    const count = this.skip(4);
    const items: AmfValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.value(depth));
    return items;
  }

  /** Passes over `bytes` bytes. Returns them as a number when they are four. */
  skip(bytes: number): number {
    const at = this.#take(bytes);
    return bytes === 4 ? this.#b.readUInt32BE(at) : 0;
  }

  /** AMF3 follows: simple values are read, the rest of the message is left unread. */
  amf3(): AmfValue {
    const marker = this.#u8();
    if (marker === 2 || marker === 3) return marker === 3;
    if (marker === 5) return this.number();
    if (marker === 4) return this.#u29();
    if (marker === 6) {
      const header = this.#u29();
      const start = this.#take(header & 1 ? header >> 1 : 0);
      return this.#b.toString('utf8', start, this.#at);
    }
    if (marker > 1) this.#at = this.#end;
    return marker === 1 ? null : undefined;
  }

  #u29(): number {
    let value = 0;
    for (let i = 0; i < 3; i++) {
      const byte = this.#u8();
      value = (value << 7) | (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return (value << 8) | this.#u8();
  }

  #u8(): number {
    return this.#b[this.#take(1)]!;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#end) throw new MalformedError('AMF ends too early', this.#end);
    this.#at = at + bytes;
    return at;
  }
}

/** By marker (Action Message Format -- AMF 0, 2.1). A reference, and what is unsupported, reads as undefined. */
const READERS: readonly (((from: AmfReader, depth: number) => AmfValue) | undefined)[] = [
  (from) => from.number(),
  (from) => from.boolean(),
  (from) => from.string(2),
  (from, depth) => from.members(depth),
  undefined,
  () => null,
  () => undefined,
  (from) => void from.skip(2),
  (from, depth) => {
    from.skip(4);
    return from.members(depth);
  },
  undefined,
  (from, depth) => from.items(depth),
  (from) => {
    const milliseconds = from.number();
    from.skip(2);
    return milliseconds;
  },
  (from) => from.string(4),
  () => undefined,
  undefined,
  (from) => from.string(4),
  (from, depth) => {
    from.string(2);
    return from.members(depth);
  },
  (from) => from.amf3(),
];

/** The values of a message `[start, end)`. Throws MalformedError. */
export function readAmf(buffer: Buffer, start = 0, end = buffer.length): AmfValue[] {
  const reader = new AmfReader(buffer, start, end);
  const values: AmfValue[] = [];
  while (!reader.done) values.push(reader.value());
  return values;
}

/** An ECMA array, as `onMetaData` wants it: an object that says how many members it has. */
export class EcmaArray {
  readonly members: AmfObject;

  constructor(members: AmfObject) {
    this.members = members;
  }
}

/** The bytes of values, one behind the other. */
export function writeAmf(...values: readonly (AmfValue | EcmaArray)[]): Buffer {
  const out = new ByteWriter();
  for (const value of values) write(out, value);
  return out.finish();
}

function write(out: ByteWriter, value: AmfValue | EcmaArray): void {
  if (typeof value === 'number') writeNumber(out, value);
  else if (typeof value === 'boolean') out.u8(MARKER.boolean).u8(value ? 1 : 0);
  else if (typeof value === 'string') writeString(out, value);
  else if (value === null) out.u8(MARKER.null);
  else if (value === undefined) out.u8(6);
  else if (Array.isArray(value)) {
    out.u8(MARKER.strictArray).u32(value.length);
    for (const item of value) write(out, item);
  } else if (value instanceof EcmaArray) {
    out.u8(MARKER.ecmaArray).u32(Object.keys(value.members).length);
    writeMembers(out, value.members);
  } else {
    out.u8(MARKER.object);
    writeMembers(out, value as AmfObject);
  }
}

function writeNumber(out: ByteWriter, value: number): void {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  out.bytes(bytes);
}

function writeString(out: ByteWriter, value: string): void {
  const bytes = Buffer.from(value);
  if (bytes.length > 0xffff) out.u8(MARKER.longString).u32(bytes.length);
  else out.u8(MARKER.string).u16(bytes.length);
  out.bytes(bytes);
}

function writeMembers(out: ByteWriter, members: AmfObject): void {
  for (const [name, value] of Object.entries(members)) {
    const bytes = Buffer.from(name);
    out.u16(bytes.length).bytes(bytes);
    write(out, value);
  }
  out.u16(0).u8(MARKER.objectEnd);
}
