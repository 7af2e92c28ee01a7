import { z } from 'zod';

/**
 * The relay: a connection from the server to the engine's door, made of HTTP by `Upgrade` at this path. Over it
 * the engine sends each message of an endless answer once, with the numbers of all viewers that are to have it.
 * Each frame is its length behind these five bytes, its kind, and a payload, all numbers big-endian.
 */
export const RELAY_PATH = '/relay';
export const RELAY_PROTOCOL = 'nightjar-relay';

/** Kinds of frame from the server; the payload begins with the number of the viewer that it is about. */
export const TO_ENGINE = {
  /** A viewer has come: `RelayOpen` as JSON. */
  open: 1,
  /** Bytes that a viewer sent. */
  said: 2,
  /** No number in front: rows of 12 bytes, see `takenRow`. */
  taken: 3,
  /** A viewer has gone. */
  left: 4,
} as const;

/** Kinds of frame from the engine; the payload begins with the number of the viewer, but for `media`. */
export const TO_SERVER = {
  /** Media follows: `RelayBegun` as JSON. */
  begun: 1,
  /** `RelayRefusal` as JSON; the number is free again. */
  refused: 2,
  /** How many viewers, their numbers, then the bytes for each of them. */
  media: 3,
  /** Ends a viewer's connection once it has taken what is queued. */
  end: 4,
  /** Ends a viewer's connection at once. */
  cut: 5,
} as const;

export const RelayOpen = z.object({
  /** Path and query at the engine's door. */
  path: z.string().max(4096),
  ticket: z.string().max(16_384),
  /** What a WebSocket's client asked with (RFC 6455 4.1); absent: an HTTP answer is wanted. */
  web_socket: z.object({ key: z.string().max(100), version: z.string().max(10) }).optional(),
});
export type RelayOpen = z.infer<typeof RelayOpen>;

export const RelayBegun = z.object({ headers: z.record(z.string(), z.string()) });
export type RelayBegun = z.infer<typeof RelayBegun>;

export const RelayRefusal = z.object({ status: z.number().int(), message: z.string().max(1000) });
export type RelayRefusal = z.infer<typeof RelayRefusal>;

const HEAD = 5;
const ROW = 12;
const MIB = 2 ** 20;

/** The bytes of a frame about one viewer. */
export function relayFrame(kind: number, viewer: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + 4 + payload.length);
  frame.writeUInt32BE(4 + payload.length, 0);
  frame[4] = kind;
  frame.writeUInt32BE(viewer, HEAD);
  frame.set(payload, HEAD + 4);
  return frame;
}

/** The same with JSON. */
export const relayJson = (kind: number, viewer: number, value: unknown): Buffer =>
  relayFrame(kind, viewer, Buffer.from(JSON.stringify(value)));

/** What stands before the `length` bytes that go to all of `viewers`. */
export function mediaHead(viewers: readonly number[], length: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD + 4 + viewers.length * 4);
  head.writeUInt32BE(4 + viewers.length * 4 + length, 0);
  head[4] = TO_SERVER.media;
  head.writeUInt32BE(viewers.length, HEAD);
  for (let i = 0; i < viewers.length; i++) head.writeUInt32BE(viewers[i]!, HEAD + 4 + i * 4);
  return head;
}

/** Calls `give` for each viewer that a `media` payload is for. Throws RelayError. */
export function readMedia(payload: Buffer, give: (viewer: number, bytes: Buffer) => void): void {
  const count = payload.length < 4 ? -1 : payload.readUInt32BE(0);
  const start = 4 + count * 4;
  if (count < 0 || start > payload.length) throw new RelayError('media for nobody');
  const bytes = payload.subarray(start);
  for (let i = 0; i < count; i++) give(payload.readUInt32BE(4 + i * 4), bytes);
}

/** What viewers took since it was told last. */
export interface Taken {
  readonly viewer: number;
  /** Bytes. */
  readonly taken: number;
  /** Bytes that were received for the viewer and wait to be taken. */
  readonly queued: number;
}

export function takenFrame(rows: readonly Taken[]): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + rows.length * ROW);
  frame.writeUInt32BE(rows.length * ROW, 0);
  frame[4] = TO_ENGINE.taken;
  rows.forEach(({ viewer, taken, queued }, i) => {
    const at = HEAD + i * ROW;
    frame.writeUInt32BE(viewer, at);
    frame.writeUInt32BE(taken, at + 4);
    frame.writeUInt32BE(queued, at + 8);
  });
  return frame;
}

/** Throws RelayError. */
export function readTaken(payload: Buffer): Taken[] {
  if (payload.length % ROW !== 0) throw new RelayError('rows of another length');
  return Array.from({ length: payload.length / ROW }, (_, i) => ({
    viewer: payload.readUInt32BE(i * ROW),
    taken: payload.readUInt32BE(i * ROW + 4),
    queued: payload.readUInt32BE(i * ROW + 8),
  }));
}

/** The other end of a relay does not keep to its format. */
export class RelayError extends Error {}

/** Puts frames together from bytes as they come; each payload is a buffer of its own. */
export class RelayReader {
  readonly #onFrame: (kind: number, payload: Buffer) => void;
  readonly #limit: number;
  readonly #head = Buffer.alloc(HEAD);
  #headFilled = 0;
  #payload: Buffer = Buffer.alloc(0);
  #filled = 0;

  /** `limit`: bytes of the longest payload that is taken. */
  constructor(onFrame: (kind: number, payload: Buffer) => void, limit = 64 * MIB) {
    this.#onFrame = onFrame;
    this.#limit = limit;
  }

  /** Throws RelayError, and what the taker of a frame throws. */
  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headFilled < HEAD) {
        const taken = bytes.copy(this.#head, this.#headFilled, at);
        this.#headFilled += taken;
        at += taken;
        if (this.#headFilled === HEAD) this.#begin();
      } else {
        const taken = bytes.copy(this.#payload, this.#filled, at);
        this.#filled += taken;
        at += taken;
      }
      this.#finish();
    }
  }

  #begin(): void {
    const length = this.#head.readUInt32BE(0);
    if (length > this.#limit) throw new RelayError(`a frame of ${length} bytes`);
    this.#payload = Buffer.allocUnsafeSlow(length);
    this.#filled = 0;
  }

  #finish(): void {
    if (this.#headFilled < HEAD || this.#filled < this.#payload.length) return;
    const payload = this.#payload;
    this.#headFilled = 0;
    this.#onFrame(this.#head[4]!, payload);
  }
}
