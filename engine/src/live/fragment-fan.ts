import { type Frame, InTurn, type MediaStream, type Reader, type Track } from '@nightjar/media/stream';

/** Longest header of a WebSocket frame (RFC 6455 5.2): kept free before each piece. */
const HEADROOM = 10;
const BINARY = 0x82;

/** Some fragments, muxed once for everybody: never modify. */
export interface Piece {
  /** Whole fMP4 fragments. */
  readonly body: Buffer;
  /** `body` behind the header of a binary WebSocket message. */
  readonly message: Buffer;
  /** A decoder can start here. */
  readonly key: boolean;
}

/** Somebody who takes pieces. */
export interface PieceTaker {
  /** What follows needs an init segment of these tracks; empty: nothing follows for now. */
  onTracks(tracks: readonly Track[]): void;
  /** What a newcomer needs to start at once, oldest first. */
  onBacklog(pieces: readonly Piece[]): void;
  onPiece(piece: Piece): void;
  /** The stream is gone for good. */
  onEnd(): void;
}

export interface FragmentFanOptions {
  readonly stream: MediaStream;
  /** Seconds of media in one piece; 0: a piece a frame. */
  readonly hold: number;
  /** The tracks that are wanted of those there are. */
  readonly choose: (track: Track) => boolean;
  /** Nobody takes pieces any more. */
  readonly onIdle: () => void;
}

/**
 * Muxes a stream once for all viewers that take fMP4 as it comes. Each piece is a copy of the frames' bytes in a
 * buffer of its own, so that a viewer that stalls keeps no slab from being used again.
 */
export class FragmentFan implements Reader {
  readonly #options: FragmentFanOptions;
  readonly #takers = new InTurn<PieceTaker>();
  #tracks: readonly Track[] = [];
  #hasVideo = false;
  /** Since the last key frame. */
  #gop: Piece[] = [];
  #gopBytes = 0;
  #held: Buffer[] = [];
  #heldKey = false;
  #heldFrom: Frame | undefined;
  #detach: (() => void) | undefined;

  constructor(options: FragmentFanOptions) {
    this.#options = options;
  }

  get takers(): number {
    return this.#takers.size;
  }

  /** Begins to give pieces, those since the last key frame first. Returns what ends it. */
  join(taker: PieceTaker): () => void {
    this.#detach ??= this.#options.stream.attach(this, true);
    this.#flush();
    if (this.#tracks.length > 0) taker.onTracks(this.#tracks);
    if (this.#gop.length > 0) taker.onBacklog(this.#gop);
    this.#takers.add(taker);
    return () => {
      if (!this.#takers.delete(taker) || this.#takers.size > 0) return;
      this.#stop();
      this.#options.onIdle();
    };
  }

  onTracks(tracks: readonly Track[]): void {
    this.#flush();
    this.#forget();
    this.#tracks = tracks.filter(this.#options.choose);
    this.#hasVideo = this.#tracks.some((track) => track.kind === 'video');
    for (const taker of this.#takers) taker.onTracks(this.#tracks);
  }

  onFrame(frame: Frame): void {
    if (!this.#tracks.includes(frame.track)) return;
    const starts = frame.key && (frame.track.kind === 'video' || !this.#hasVideo);
    if (this.#options.hold > 0) {
      this.#hold(frame, starts);
      return;
    }
    const size = frame.end - frame.start;
    const buffer = Buffer.allocUnsafeSlow(HEADROOM + size);
    frame.slab.buffer.copy(buffer, HEADROOM, frame.start, frame.end);
    this.#give(pieceIn(buffer, starts));
  }

  onEnd(): void {
    this.#flush();
    this.#stop();
    const takers = [...this.#takers];
    this.#takers.clear();
    for (const taker of takers) taker.onEnd();
    this.#options.onIdle();
  }

  /** Gathers frames until the piece is as long as wanted; a key frame begins another. */
  #hold(frame: Frame, starts: boolean): void {
    const first = this.#heldFrom;
    const full =
      first !== undefined &&
      frame.track === first.track &&
      (frame.dts - first.dts) / frame.track.format.clockRate >= this.#options.hold;
    if (starts || full) this.#flush();
    if (this.#held.length === 0) this.#heldKey = starts;
    if (this.#heldFrom === undefined && (frame.track.kind === 'video' || !this.#hasVideo)) {
      this.#heldFrom = frame;
    }
    const copy = Buffer.allocUnsafe(frame.end - frame.start);
    frame.slab.buffer.copy(copy, 0, frame.start, frame.end);
    this.#held.push(copy);
  }

  #flush(): void {
    const held = this.#held;
    if (held.length === 0) return;
    const size = held.reduce((sum, part) => sum + part.length, 0);
    const buffer = Buffer.allocUnsafeSlow(HEADROOM + size);
    let at = HEADROOM;
    for (const part of held) at += part.copy(buffer, at);
    const key = this.#heldKey;
    this.#held = [];
    this.#heldFrom = undefined;
    this.#give(pieceIn(buffer, key));
  }

  #give(piece: Piece): void {
    if (piece.key) {
      this.#gop = [];
      this.#gopBytes = 0;
    }
    this.#cache(piece);
    this.#takers.serve((taker) => taker.onPiece(piece));
  }

  /** As bounded as the stream's own cache: over the cap newcomers wait for the next key frame. */
  #cache(piece: Piece): void {
    if (!piece.key && this.#gop.length === 0) return;
    this.#gopBytes += piece.body.length;
    if (this.#gopBytes > MAX_GOP_BYTES) this.#gop = [];
    else this.#gop.push(piece);
  }

  #forget(): void {
    this.#gop = [];
    this.#gopBytes = 0;
    this.#held = [];
    this.#heldFrom = undefined;
  }

  #stop(): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#tracks = [];
    this.#forget();
  }
}

const MAX_GOP_BYTES = 32 * 1024 * 1024;

/** Writes the message header right before the payload at `HEADROOM`. */
function pieceIn(buffer: Buffer, key: boolean): Piece {
  const length = buffer.length - HEADROOM;
  const body = buffer.subarray(HEADROOM);
  let at = HEADROOM;
  if (length < 126) {
    at -= 2;
    buffer[at + 1] = length;
  } else if (length < 65_536) {
    at -= 4;
    buffer[at + 1] = 126;
    buffer.writeUInt16BE(length, at + 2);
  } else {
    at -= 10;
    buffer[at + 1] = 127;
    buffer.writeUInt32BE(0, at + 2);
    buffer.writeUInt32BE(length, at + 6);
  }
  buffer[at] = BINARY;
  return { body, message: buffer.subarray(at), key };
}
