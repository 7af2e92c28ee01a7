import { type Frame, InTurn, type MediaStream, type Reader, type Track } from '../stream/index.ts';
import { TAG, TAG_HEADER, TAG_TRAILER, writeTagHeader } from './tag.ts';
import { metadataOf, TrackWriter } from './track-writer.ts';

/** Puts one message into the bytes of a protocol: `head`, then `[start, end)` of `body`, in a buffer of their own. */
export type FlvFraming = (
  type: number,
  timestamp: number,
  head: Buffer,
  body: Buffer,
  start: number,
  end: number,
) => Buffer;

/** Somebody who takes messages, each muxed once for all takers: never modify. */
export interface FlvTaker {
  /**
   * What a decoder must know of the tracks that follow: at the beginning, and when one of them changes. Nobody is
   * told when a source goes: it may come back, and times go on.
   */
  onHeaders(messages: readonly Buffer[], tracks: readonly Track[]): void;
  /** What a newcomer needs to start at once, oldest first. */
  onBacklog(messages: readonly Buffer[]): void;
  /** One message, or as many as the fan holds. `key`: a decoder can start here. */
  onMessage(message: Buffer, key: boolean): void;
  /** The stream is gone for good, or goes on with other codecs, which nobody can follow. */
  onEnd(): void;
}

export interface FlvFanOptions {
  readonly stream: MediaStream;
  readonly framing: FlvFraming;
  /** Media seconds that are given at once; 0, when absent: a message. */
  readonly hold?: number;
  /** Nobody takes messages any more. */
  readonly onIdle?: () => void;
}

const MAX_GOP_BYTES = 32 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** A message as an FLV tag with the size behind it. */
export const flvFraming: FlvFraming = (type, timestamp, head, body, start, end) => {
  const bytes = head.length + end - start;
  const out = Buffer.allocUnsafeSlow(TAG_HEADER + bytes + TAG_TRAILER);
  writeTagHeader(out, 0, type, timestamp, bytes);
  head.copy(out, TAG_HEADER);
  body.copy(out, TAG_HEADER + head.length, start, end);
  out.writeUInt32BE(TAG_HEADER + bytes, TAG_HEADER + bytes);
  return out;
};

/** The nine bytes an FLV stream begins with, and the size of the tag before the first. */
export function flvFileHeader(tracks: readonly Track[]): Buffer {
  const has = (kind: Track['kind']): boolean => tracks.some((track) => track.kind === kind);
  const flags = (has('audio') ? 4 : 0) | (has('video') ? 1 : 0);
  return Buffer.from([0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]);
}

/**
 * Muxes a stream once for all viewers that take FLV messages, whatever they are framed in. Each message is a copy
 * of the frame's bytes in a buffer of its own, so that a viewer that stalls keeps no slab from being used again.
 * Time stamps count from the first frame that was muxed. Costs nothing without takers.
 */
export class FlvFan implements Reader {
  readonly #options: FlvFanOptions;
  readonly #takers = new InTurn<FlvTaker>();
  #writers: readonly TrackWriter[] = [];
  #headers: readonly Buffer[] = [];
  #hasVideo = false;
  #gop: Buffer[] = [];
  #gopBytes = 0;
  /** Media milliseconds of time stamp 0; below 0 before the first frame. */
  #zero = -1;
  /** Of the newest message. */
  #timestamp = 0;
  #held: Buffer[] = [];
  #heldKey = false;
  /** Time stamp of the first that is held. */
  #heldFrom = 0;
  #detach: (() => void) | undefined;

  constructor(options: FlvFanOptions) {
    this.#options = options;
  }

  get takers(): number {
    return this.#takers.size;
  }

  /** Begins to give messages, those since the last key frame first. Returns what ends it. */
  join(taker: FlvTaker): () => void {
    this.#detach ??= this.#options.stream.attach(this, true);
    this.#flush();
    if (this.#headers.length > 0) taker.onHeaders(this.#headers, this.#tracks);
    if (this.#gop.length > 0) taker.onBacklog(this.#gop);
    this.#takers.add(taker);
    return () => {
      if (!this.#takers.delete(taker) || this.#takers.size > 0) return;
      this.#stop();
      this.#options.onIdle?.();
    };
  }

  onTracks(tracks: readonly Track[]): void {
    this.#flush();
    this.#forget();
    const known = this.#tracks;
    const writers = tracks.flatMap((track) => TrackWriter.of(track) ?? []);
    if (writers.length === 0) return;
    this.#writers = writers;
    this.#hasVideo = this.#tracks.some((track) => track.kind === 'video');
    this.#headers = this.#describe();
    if (known.length > 0 && !sameCodecs(known, this.#tracks)) {
      this.onEnd();
      return;
    }
    for (const taker of this.#takers) taker.onHeaders(this.#headers, this.#tracks);
  }

  onFrame(frame: Frame): void {
    const writer = this.#writers.find(({ track }) => track === frame.track);
    if (!writer) return;
    const ms = Math.floor((frame.dts * 1000) / frame.track.format.clockRate);
    if (this.#zero < 0) this.#zero = ms;
    const { slab, payload, end } = frame;
    this.#timestamp = Math.max(0, ms - this.#zero) % 2 ** 32;
    const message = this.#options.framing(
      writer.type,
      this.#timestamp,
      writer.head(frame),
      slab.buffer,
      payload,
      end,
    );
    const starts = frame.key && (writer.type === TAG.video || !this.#hasVideo);
    if (this.#options.hold) this.#hold(message, starts, this.#options.hold * 1000);
    else this.#give(message, starts);
  }

  onEnd(): void {
    this.#flush();
    this.#stop();
    this.#endAll();
    this.#options.onIdle?.();
  }

  get #tracks(): readonly Track[] {
    return this.#writers.map(({ track }) => track);
  }

  #describe(): readonly Buffer[] {
    const { framing } = this.#options;
    const messages = [framing(TAG.script, this.#timestamp, NOTHING, ...whole(metadataOf(this.#tracks)))];
    for (const writer of this.#writers) {
      const config = writer.config();
      if (config) messages.push(framing(writer.type, this.#timestamp, NOTHING, ...whole(config)));
    }
    return messages;
  }

  /** Gathers messages until they are `ms` long; a key frame begins anew. */
  #hold(message: Buffer, starts: boolean, ms: number): void {
    if (starts || Math.abs(this.#timestamp - this.#heldFrom) >= ms) this.#flush();
    if (this.#held.length === 0) {
      this.#heldKey = starts;
      this.#heldFrom = this.#timestamp;
    }
    this.#held.push(message);
  }

  #flush(): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    this.#give(held.length === 1 ? held[0]! : Buffer.concat(held), this.#heldKey);
  }

  #give(message: Buffer, starts: boolean): void {
    this.#cache(message, starts);
    this.#takers.serve((taker) => taker.onMessage(message, starts));
  }

  /** As bounded as the stream's own cache: over the cap newcomers wait for the next key frame. */
  #cache(message: Buffer, starts: boolean): void {
    if (starts) this.#forget();
    else if (this.#gop.length === 0) return;
    this.#gopBytes += message.length;
    if (this.#gopBytes > MAX_GOP_BYTES) this.#forget();
    else this.#gop.push(message);
  }

  #endAll(): void {
    const takers = [...this.#takers];
    this.#takers.clear();
    for (const taker of takers) taker.onEnd();
  }

  #forget(): void {
    this.#gop = [];
    this.#gopBytes = 0;
  }

  #stop(): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#writers = [];
    this.#headers = [];
    this.#zero = -1;
    this.#timestamp = 0;
    this.#held = [];
    this.#forget();
  }
}

const whole = (body: Buffer): [Buffer, number, number] => [body, 0, body.length];

function sameCodecs(one: readonly Track[], other: readonly Track[]): boolean {
  const names = (tracks: readonly Track[]): string =>
    tracks
      .map(({ format }) => format.codec.name)
      .sort()
      .join(' ');
  return names(one) === names(other);
}
