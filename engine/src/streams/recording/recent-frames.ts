import type { Frame, MediaStream, Reader, Track } from '@nightjar/media/stream';

/** Bytes of one stream, whatever its bitrate and however long is wanted. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The newest seconds of a stream in whole groups of pictures, for a recording that begins before it was asked for. */
export class RecentFrames implements Reader {
  readonly #media: Pick<MediaStream, 'attach'>;
  readonly #seconds: () => number;
  /** Each begins with a key frame. */
  #groups: Frame[][] = [];
  #bytes = 0;
  #hasVideo = false;
  #detach: (() => void) | undefined;

  /** `seconds`: asked at each key frame; held is up to one group more. */
  constructor(media: Pick<MediaStream, 'attach'>, seconds: () => number) {
    this.#media = media;
    this.#seconds = seconds;
  }

  /** Begins to hold, with what is known since the last key frame when `cached`, else at the next one. */
  hold(cached: boolean): void {
    this.#detach ??= this.#media.attach(this, cached);
  }

  /** Lets go of everything. */
  release(): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#clear();
  }

  /** As a stream that began earlier: gives what is held, then all that follows, and holds nothing itself any more. */
  attach(reader: Reader, cached: boolean): () => void {
    if (!this.#detach) return this.#media.attach(reader, cached);
    this.#detach();
    this.#detach = undefined;
    let first = true;
    return this.#media.attach(
      {
        onTracks: (tracks) => {
          reader.onTracks(tracks);
          if (first) this.#handOver(reader);
          first = false;
        },
        onFrame: (frame) => reader.onFrame(frame),
        onEnd: () => reader.onEnd(),
      },
      false,
    );
  }

  onTracks(tracks: readonly Track[]): void {
    this.#clear();
    this.#hasVideo = tracks.some(({ kind }) => kind === 'video');
  }

  onFrame(frame: Frame): void {
    const begins = frame.key && (frame.track.kind === 'video' || !this.#hasVideo);
    if (begins) this.#begin(frame);
    const group = this.#groups.at(-1);
    if (!group) return;
    frame.slab.retain();
    group.push(frame);
    this.#bytes += frame.end - frame.start;
    while (this.#bytes > MAX_BYTES && this.#groups.length > 0) this.#drop();
  }

  onEnd(): void {
    this.#detach = undefined;
    this.#clear();
  }

  #begin(frame: Frame): void {
    const wanted = frame.dts - this.#seconds() * frame.track.format.clockRate;
    while (this.#groups.length > 1 && this.#groups[1]![0]!.dts <= wanted) this.#drop();
    this.#groups.push([]);
  }

  #handOver(reader: Reader): void {
    for (const group of this.#groups) for (const frame of group) reader.onFrame(frame);
    this.#clear();
  }

  #drop(): void {
    for (const frame of this.#groups.shift() ?? []) {
      this.#bytes -= frame.end - frame.start;
      frame.slab.release();
    }
  }

  #clear(): void {
    while (this.#groups.length > 0) this.#drop();
  }
}
