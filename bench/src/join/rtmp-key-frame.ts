import type { Wire } from './wire.ts';

const HANDSHAKE = 1536;
const COMMAND = 20;
const SET_CHUNK_SIZE = 1;
const VIDEO = 9;
/** Bytes of a message header by the format of its chunk (RTMP specification 5.3.1.2). */
const HEADER = [11, 7, 3, 0];
const OUR_CHUNK = 128;

/** As names of an object are written, and texts behind their mark. */
const text = (value: string): Buffer => {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([head, Buffer.from(value)]);
};
const amfText = (value: string): Buffer => Buffer.concat([Buffer.from([2]), text(value)]);
const amfNumber = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes;
};
const AMF_NULL = Buffer.from([5]);

/** A command in chunks of 128 bytes. */
function command(streamId: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(12);
  head[0] = 3;
  head.writeUIntBE(body.length, 4, 3);
  head[7] = COMMAND;
  head.writeUInt32LE(streamId, 8);
  const chunks = [head];
  for (let at = 0; at < body.length; at += OUR_CHUNK) {
    if (at > 0) chunks.push(Buffer.from([0xc3]));
    chunks.push(body.subarray(at, at + OUR_CHUNK));
  }
  return Buffer.concat(chunks);
}

interface Message {
  type: number;
  length: number;
  body: Buffer[];
  filled: number;
}

/** Takes messages out of chunks. */
class Messages {
  readonly #wire: Wire;
  readonly #streams = new Map<number, Message>();
  #chunkSize = 128;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async next(): Promise<{ type: number; body: Buffer }> {
    for (;;) {
      const message = await this.#chunk();
      if (message.filled < message.length) continue;
      const body = Buffer.concat(message.body);
      message.body = [];
      message.filled = 0;
      if (message.type === SET_CHUNK_SIZE) this.#chunkSize = body.readUInt32BE(0);
      else return { type: message.type, body };
    }
  }

  async until(holds: (type: number, body: Buffer) => boolean): Promise<void> {
    for (;;) {
      const { type, body } = await this.next();
      if (holds(type, body)) return;
    }
  }

  async #chunk(): Promise<Message> {
    const first = (await this.#wire.take(1))[0]!;
    const low = first & 63;
    const id = low > 1 ? low : 64 + (await this.#wire.take(low + 1))[0]!;
    const message = this.#streams.get(id) ?? { type: 0, length: 0, body: [], filled: 0 };
    this.#streams.set(id, message);
    const header = await this.#wire.take(HEADER[first >> 6]!);
    if (header.length >= 7) {
      message.length = header.readUIntBE(3, 3);
      message.type = header[6]!;
    }
    if (header.length >= 3 && header.readUIntBE(0, 3) === 0xffffff) await this.#wire.take(4);
    const size = Math.min(this.#chunkSize, message.length - message.filled);
    message.body.push(await this.#wire.take(size));
    message.filled += size;
    return message;
  }
}

/** Plays by RTMP until a key frame is whole. Milliseconds since `play` was said. */
export async function rtmpKeyFrame(wire: Wire, name: string): Promise<number> {
  wire.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(HANDSHAKE)]));
  const answer = await wire.take(1 + 2 * HANDSHAKE);
  wire.write(answer.subarray(1, 1 + HANDSHAKE));
  const messages = new Messages(wire);
  const result = (type: number, body: Buffer) => type === COMMAND && body.includes('_result');
  const about = Buffer.concat([
    Buffer.from([3]),
    text('app'),
    amfText('live'),
    text('tcUrl'),
    amfText('rtmp://bench/live'),
    Buffer.from([0, 0, 9]),
  ]);
  wire.write(command(0, amfText('connect'), amfNumber(1), about));
  await messages.until(result);
  wire.write(command(0, amfText('createStream'), amfNumber(2), AMF_NULL));
  await messages.until(result);
  const asked = performance.now();
  wire.write(command(1, amfText('play'), amfNumber(3), AMF_NULL, amfText(name), amfNumber(-2000)));
  // A key frame of AVC that is a picture and no configuration.
  await messages.until((type, body) => type === VIDEO && body[0] === 0x17 && body[1] === 1);
  return performance.now() - asked;
}
