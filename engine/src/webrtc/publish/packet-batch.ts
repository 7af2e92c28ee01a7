import type { Clock } from '@nightjar/media/stream';

/** Milliseconds of packets that cross between threads at once: a message costs far more than a packet. */
const INTERVAL = 4;
/** Track index and kind, then the length. */
const HEADER = 3;
const ROOM = 64 * 1024;

/** Gathers packets of one publisher into one transferable buffer. */
export class PacketBatch {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void;
  #buffer: Buffer<ArrayBuffer> | undefined;
  #used = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'after'>, send: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** `packet` is at most 65,535 bytes, as a datagram is. */
  add(track: number, kind: 'rtp' | 'rtcp', packet: Buffer): void {
    if (this.#used + HEADER + packet.length > ROOM) this.flush();
    // Its own memory, which can be handed to another thread.
    this.#buffer ??= Buffer.from(new ArrayBuffer(Math.max(ROOM, HEADER + packet.length)));
    const b = this.#buffer;
    b[this.#used] = track * 2 + (kind === 'rtcp' ? 1 : 0);
    b.writeUInt16BE(packet.length, this.#used + 1);
    packet.copy(b, this.#used + HEADER);
    this.#used += HEADER + packet.length;
    this.#cancel ??= this.#clock.after(INTERVAL, () => this.flush());
  }

  /** Sends what is gathered. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const b = this.#buffer;
    if (!b) return;
    this.#buffer = undefined;
    const used = this.#used;
    this.#used = 0;
    this.#send(new Uint8Array(b.buffer, 0, used));
  }
}

/** Takes the packets of a batch apart, in order. */
export function readBatch(
  bytes: Uint8Array<ArrayBuffer>,
  take: (track: number, kind: 'rtp' | 'rtcp', b: Buffer, start: number, end: number) => void,
): void {
  const b = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < b.length; ) {
    const start = at + HEADER;
    const end = start + b.readUInt16BE(at + 1);
    const first = b[at]!;
    take(first >> 1, first & 1 ? 'rtcp' : 'rtp', b, start, end);
    at = end;
  }
}
