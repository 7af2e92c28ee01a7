import { MalformedError } from '../../bytes/index.ts';
import { DtlsError } from './dtls-error.ts';

export const MESSAGE_HEADER = 12;
/** Most that any client needs is 4 KiB, with a chain of certificates. */
const MAX_MESSAGE = 16 * 1024;
const MAX_PENDING_BYTES = 32 * 1024;
const MAX_AHEAD = 8;
/** Separate pieces of one message that may wait at once. */
const MAX_PIECES = 64;

/** One piece of a handshake message (RFC 6347 4.2.2). */
export interface Fragment {
  readonly type: number;
  /** Of the whole message. */
  readonly length: number;
  readonly messageSequence: number;
  readonly offset: number;
  readonly body: Buffer;
}

export interface HandshakeMessage {
  readonly type: number;
  readonly messageSequence: number;
  readonly body: Buffer;
}

/** The fragments in one record. Throws MalformedError when they do not fill it. */
export function readFragments(record: Buffer): Fragment[] {
  const fragments: Fragment[] = [];
  let at = 0;
  while (at < record.length) {
    if (at + MESSAGE_HEADER > record.length) throw new MalformedError('handshake header is cut off', at);
    const length = record.readUIntBE(at + 1, 3);
    const offset = record.readUIntBE(at + 6, 3);
    const end = at + MESSAGE_HEADER + record.readUIntBE(at + 9, 3);
    if (end > record.length) throw new MalformedError('handshake fragment is longer than its record', at);
    const body = record.subarray(at + MESSAGE_HEADER, end);
    if (offset + body.length > length)
      throw new MalformedError('handshake fragment is longer than its message', at);
    fragments.push({ type: record[at]!, length, messageSequence: record.readUInt16BE(at + 4), offset, body });
    at = end;
  }
  return fragments;
}

/** A fragment, or a whole message, as it goes on the wire and into the transcript. */
export function writeFragment(
  type: number,
  messageSequence: number,
  message: Buffer,
  start = 0,
  end = message.length,
): Buffer {
  const b = Buffer.alloc(MESSAGE_HEADER + end - start);
  b[0] = type;
  b.writeUIntBE(message.length, 1, 3);
  b.writeUInt16BE(messageSequence, 4);
  b.writeUIntBE(start, 6, 3);
  b.writeUIntBE(end - start, 9, 3);
  message.copy(b, MESSAGE_HEADER, start, end);
  return b;
}

interface Partial {
  readonly type: number;
  readonly body: Buffer;
  /** Filled spans, sorted, apart from each other. */
  spans: [start: number, end: number][];
}

/** Puts fragments together in any order, with repeats and overlaps, within bounds. */
export class Reassembly {
  #next = 0;
  #bytes = 0;
  readonly #pending = new Map<number, Partial>();

  /** Sequence number of the message that {@link take} waits for. */
  get next(): number {
    return this.#next;
  }

  /** Takes a fragment; false when its message was handed out before. Throws DtlsError on a contradiction. */
  add(fragment: Fragment): boolean {
    const { messageSequence, length } = fragment;
    if (messageSequence < this.#next) return false;
    if (length > MAX_MESSAGE) {
      throw new DtlsError('illegal_parameter', `handshake message of ${length} bytes`);
    }
    if (messageSequence >= this.#next + MAX_AHEAD) return true;
    const partial = this.#pending.get(messageSequence) ?? this.#begin(fragment);
    if (partial) fill(partial, fragment);
    return true;
  }

  /** The next message in order, when it is whole. */
  take(): HandshakeMessage | undefined {
    const partial = this.#pending.get(this.#next);
    if (!partial || filled(partial) < partial.body.length) return undefined;
    const { type, body } = partial;
    this.#pending.delete(this.#next);
    this.#bytes -= body.length;
    return { type, messageSequence: this.#next++, body };
  }

  /** Forgets what waits. */
  clear(): void {
    this.#pending.clear();
    this.#bytes = 0;
  }

  #begin({ messageSequence, type, length }: Fragment): Partial | undefined {
    // What is due next always finds room, or the rest could never leave.
    if (messageSequence !== this.#next && this.#bytes + length > MAX_PENDING_BYTES) return undefined;
    const partial: Partial = { type, body: Buffer.alloc(length), spans: [] };
    this.#pending.set(messageSequence, partial);
    this.#bytes += length;
    return partial;
  }
}

function filled({ spans }: Partial): number {
  return spans.reduce((sum, [start, end]) => sum + end - start, 0);
}

function fill(partial: Partial, { type, length, offset, body }: Fragment): void {
  if (type !== partial.type || length !== partial.body.length) throw contradiction();
  const end = offset + body.length;
  for (const [from, to] of partial.spans) {
    const [a, z] = [Math.max(from, offset), Math.min(to, end)];
    if (a < z && partial.body.compare(body, a - offset, z - offset, a, z) !== 0) throw contradiction();
  }
  const apart = partial.spans.filter(([from, to]) => to < offset || from > end);
  if (body.length === 0 || apart.length >= MAX_PIECES) return;
  const touching = partial.spans.filter(([from, to]) => to >= offset && from <= end);
  const merged: [number, number] = [
    Math.min(offset, ...touching.map(([from]) => from)),
    Math.max(end, ...touching.map(([, to]) => to)),
  ];
  body.copy(partial.body, offset);
  partial.spans = [...apart, merged].sort(([a], [b]) => a - b);
}

function contradiction(): DtlsError {
  return new DtlsError('illegal_parameter', 'handshake fragments contradict each other');
}
