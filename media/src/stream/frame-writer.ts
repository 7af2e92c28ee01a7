import type { Clock } from './clock.ts';
import { FRAME_HEADROOM, Frame } from './frame.ts';
import type { Slab, SlabPool } from './slab.ts';
import type { Track } from './track.ts';

/** Seconds a slab should hold at least: shorter costs more switches, longer pins more memory in the GOP cache. */
const SLAB_SECONDS = 0.25;
/** Weight of the last second in the mean rate. */
const LEARNING = 0.2;
const FIRST_SLAB = { video: 128 * 1024, audio: 16 * 1024 };
/** A frame that grows beyond this has lost its end (quirk 45). */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export interface FrameWriterOptions {
  readonly track: Track;
  readonly pool: SlabPool;
  readonly clock: Pick<Clock, 'utc'>;
  readonly push: (frame: Frame) => void;
}

/**
 * Assembles the frames of one track inside slabs: `begin`, any number of `append`s, `finish`. A depacketizer
 * copies each payload exactly once, from the socket's buffer to its final place.
 */
export class FrameWriter {
  /** The track given to frames that finish from now on. */
  track: Track;
  readonly #pool: SlabPool;
  readonly #clock: Pick<Clock, 'utc'>;
  readonly #push: (frame: Frame) => void;
  #slab: Slab | undefined;
  #start = -1;
  #at = 0;
  #nal = -1;
  #slabBytes: number;
  /** Ticks; below 0 before the first frame. */
  #secondStart = -1;
  #secondBytes = 0;
  /** Mean bytes a second. */
  #rate = 0;
  #lastDts = -1;
  #duration: number;

  constructor(options: FrameWriterOptions) {
    this.track = options.track;
    this.#pool = options.pool;
    this.#clock = options.clock;
    this.#push = options.push;
    this.#slabBytes = FIRST_SLAB[options.track.kind];
    this.#duration = firstDuration(options.track);
  }

  /** A frame was begun and neither finished nor aborted. */
  get open(): boolean {
    return this.#start >= 0;
  }

  /** Payload bytes of the open frame. */
  get size(): number {
    return this.#start < 0 ? 0 : this.#at - this.#start - FRAME_HEADROOM;
  }

  begin(): void {
    if (this.#start >= 0) this.abort();
    this.#start = this.#slab?.used ?? 0;
    this.#at = this.#start;
    this.#room(FRAME_HEADROOM);
    this.#at += FRAME_HEADROOM;
  }

  /** Copies `[start, end)` of `from` to the end of the open frame. */
  append(from: Buffer, start: number, end: number): void {
    const length = end - start;
    this.#room(length);
    from.copy(this.#slab!.buffer, this.#at, start, end);
    this.#at += length;
  }

  /** Opens a NAL unit: reserves its 4-byte length (ISO/IEC 14496-15 lengthSizeMinusOne = 3). */
  beginNal(): void {
    this.#room(4);
    this.#nal = this.#at;
    this.#at += 4;
  }

  /** Appends one byte, such as the NAL header an FU splits up. */
  appendByte(value: number): void {
    this.#room(1);
    this.#slab!.buffer[this.#at++] = value;
  }

  /** Settles the length of the open NAL unit. */
  endNal(): void {
    if (this.#nal < 0) return;
    this.#slab!.buffer.writeUInt32BE(this.#at - this.#nal - 4, this.#nal);
    this.#nal = -1;
  }

  /** Appends a whole NAL unit. */
  nal(from: Buffer, start: number, end: number): void {
    this.beginNal();
    this.append(from, start, end);
    this.endNal();
  }

  /** Forgets the open frame. */
  abort(): void {
    this.#start = -1;
    this.#nal = -1;
  }

  /** Publishes the open frame; times in ticks of the track's clock. `arrival`: when what it was made of came, else now. */
  finish(dts: number, pts: number, key: boolean, arrival = this.#clock.utc()): void {
    if (this.#start < 0) return;
    this.endNal();
    const slab = this.#slab!;
    this.#learn(dts, this.#at - this.#start);
    slab.used = this.#at;
    const frame = new Frame(this.track, slab, this.#start, this.#at, dts, pts, this.#duration, key, arrival);
    this.#start = -1;
    this.#push(frame);
  }

  /** Gives the slab back; the writer must not be used again. */
  close(): void {
    this.abort();
    this.#slab?.release();
    this.#slab = undefined;
  }

  #room(bytes: number): void {
    const slab = this.#slab;
    if (slab && this.#at + bytes <= slab.buffer.length) return;
    const partial = this.#at - this.#start;
    if (partial > MAX_FRAME_BYTES) throw new FrameTooLargeError(partial);
    const next = this.#pool.open(Math.max(this.#slabBytes, partial + bytes + (partial >> 1)));
    if (slab) {
      slab.buffer.copy(next.buffer, 0, this.#start, this.#at);
      slab.release();
    }
    if (this.#nal >= 0) this.#nal -= this.#start;
    this.#slab = next;
    this.#start = 0;
    this.#at = partial;
  }

  #learn(dts: number, bytes: number): void {
    const rate = this.track.format.clockRate;
    const delta = dts - this.#lastDts;
    if (this.#lastDts >= 0 && delta > 0 && delta < 2 * rate) this.#duration = delta;
    this.#lastDts = dts;
    if (this.#secondStart < 0) this.#secondStart = dts;
    this.#secondBytes += bytes;
    if (dts - this.#secondStart < rate) return;
    this.#rate += (this.#secondBytes - this.#rate) * (this.#rate === 0 ? 1 : LEARNING);
    // A power of two near the mean, so that streams do not flip between two sizes of the pool.
    this.#slabBytes = 2 ** Math.round(Math.log2(Math.max(1, this.#rate * SLAB_SECONDS)));
    this.#secondStart = dts;
    this.#secondBytes = 0;
  }
}

/** An access unit without end; the depacketizer drops it and waits for the next one. */
export class FrameTooLargeError extends Error {
  constructor(bytes: number) {
    super(`frame of more than ${bytes} bytes dropped: its end never came`);
  }
}

function firstDuration(track: Track): number {
  const { format } = track;
  if ('frameSamples' in format && typeof format.frameSamples === 'number') return format.frameSamples;
  const rate =
    'declaredFrameRate' in format && typeof format.declaredFrameRate === 'number'
      ? format.declaredFrameRate
      : 25;
  return Math.round(format.clockRate / Math.min(Math.max(rate, 1), 240));
}
