import type { Clock, Frame, MediaStream, Reader, Track } from '@nightjar/media/stream';
import { playableTracks } from './playable.ts';
import { type LiveSegment, PART_TARGET, Rendition } from './rendition.ts';

/** Closed segments kept while somebody watches. */
const KEEP = 7;
/** Seconds below which a key frame does not begin a new segment. */
const MIN_SEGMENT = 1;
/** Seconds after which a segment ends without a key frame: cameras with GOPs of minutes (quirk 44). */
const MAX_SEGMENT = 8;
/** Init segments kept for somebody who follows what leaves. */
const KEPT_GENERATIONS = 256;

/** Told of each segment that leaves memory. */
export type Leaving = (kind: 'video' | 'audio', segment: LiveSegment, track: Track) => void;

export interface LiveWindowOptions {
  readonly stream: MediaStream;
  readonly clock: Clock;
  /** Milliseconds without a request after which the window is given up. */
  readonly linger: number;
  readonly onIdle: () => void;
}

/**
 * The low-latency HLS window of one stream, in memory and only while somebody watches: it begins with the GOP
 * cache at the first request and goes when requests cease.
 */
export class LiveWindow implements Reader {
  readonly #options: LiveWindowOptions;
  readonly #waiters = new Set<() => void>();
  readonly #followers = new Set<Leaving>();
  /** Where a rendition that begins now numbers its segments from. */
  #firstMsn: number;
  readonly #detach: () => void;
  readonly #stopIdle: () => void;
  #video: Rendition | undefined;
  #audio: Rendition | undefined;
  #tracks: readonly Track[] = [];
  /** Init segments by generation, the newest last. */
  #generations: { readonly generation: number; readonly tracks: readonly Track[] }[] = [];
  #lastRequest: number;
  #targetDuration = 2;
  #closed = false;

  constructor(options: LiveWindowOptions) {
    this.#options = options;
    // Rises over re-openings of the window, so that players never see numbers go back.
    this.#firstMsn = Math.floor(options.clock.utc() / 1000);
    this.#lastRequest = options.clock.monotonic();
    this.#stopIdle = options.clock.every(1_000, () => this.#checkIdle());
    this.#detach = options.stream.attach(this, true);
  }

  /** Whole seconds that no segment so far rounds above (EXT-X-TARGETDURATION). */
  get targetDuration(): number {
    return this.#targetDuration;
  }

  get video(): Rendition | undefined {
    return this.#video;
  }

  get audio(): Rendition | undefined {
    return this.#audio;
  }

  /** Tracks a generation's init segment describes. */
  tracksOf(generation: number): readonly Track[] | undefined {
    return this.#generations.find((entry) => entry.generation === generation)?.tracks;
  }

  /** Tells of each segment that leaves memory from now on; its init segment stays, for the newest formats. */
  follow(leaving: Leaving): void {
    this.#followers.add(leaving);
  }

  /** Somebody asked: stay. */
  touch(): void {
    this.#lastRequest = this.#options.clock.monotonic();
  }

  /**
   * Resolves true when `ready` holds, checked at each new part; false after `timeout` ms or at the end. Whoever
   * waits, stays. What `ready` throws is the waiter's: frames go on.
   */
  async until(ready: () => boolean, timeout: number, signal: AbortSignal): Promise<boolean> {
    this.touch();
    if (ready()) return true;
    if (this.#closed || signal.aborted) return false;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        cancel();
        this.#waiters.delete(check);
        signal.removeEventListener('abort', aborted);
      };
      const done = (result: boolean): void => {
        stop();
        resolve(result);
      };
      const aborted = (): void => done(false);
      const check = (): void => {
        try {
          if (ready()) done(true);
          else if (this.#closed) done(false);
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const cancel = this.#options.clock.after(timeout, aborted);
      this.#waiters.add(check);
      signal.addEventListener('abort', aborted);
    });
  }

  onTracks(all: readonly Track[]): void {
    const tracks = playableTracks(all);
    // What players do not see, changes nothing for them.
    if (all.length > 0 && sameTracks(tracks, this.#tracks)) return;
    this.#tracks = tracks;
    this.#cutSegment();
    if (all.length === 0) return;
    const generation = (this.#generations.at(-1)?.generation ?? 0) + 1;
    const kept =
      this.#followers.size > 0
        ? this.#generations.slice(1 - KEPT_GENERATIONS)
        : this.#generations.filter((entry) => this.#inUse(entry));
    this.#generations = [...kept, { generation, tracks }];
    this.#video = this.#renew(this.#video, 'video', generation);
    this.#audio = this.#renew(this.#audio, 'audio', generation);
  }

  onFrame(frame: Frame): void {
    const lead = this.#video ?? this.#audio;
    if (!lead) return;
    if (frame.track !== lead.track) {
      if (frame.track === this.#audio?.track) this.#audio.add(frame);
      return;
    }
    const pending = lead.pending(frame);
    const open = lead.segments.at(-1);
    const length = pending + (open && !open.closed ? open.duration : 0);
    if ((frame.key && length >= MIN_SEGMENT) || length >= MAX_SEGMENT) this.#cutSegment();
    else if (pending + frame.duration / frame.track.format.clockRate > PART_TARGET + 1e-6) this.#cutPart();
    lead.add(frame);
  }

  onEnd(): void {
    this.close();
    this.#options.onIdle();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#detach();
    this.#stopIdle();
    this.#wake();
    this.#video?.close();
    this.#audio?.close();
  }

  #renew(old: Rendition | undefined, kind: 'video' | 'audio', generation: number): Rendition | undefined {
    const track = this.#tracks.find((candidate) => candidate.kind === kind);
    if (old) this.#firstMsn = Math.max(this.#firstMsn, old.nextMsn);
    if (!track) {
      old?.close();
      return undefined;
    }
    if (!old) return new Rendition(track, generation, this.#firstMsn);
    old.discontinue(track, generation);
    return old;
  }

  #inUse({ generation }: { generation: number }): boolean {
    const segments = [this.#video, this.#audio].flatMap((rendition) => rendition?.segments ?? []);
    return segments.some((segment) => segment.generation === generation);
  }

  #cutPart(): void {
    this.#video?.closePart();
    this.#audio?.closePart();
    this.#wake();
  }

  #cutSegment(): void {
    for (const rendition of [this.#video, this.#audio]) {
      rendition?.closeSegment();
      rendition?.trim(KEEP, (segment) => this.#leaves(rendition, segment));
      this.#targetDuration = Math.max(
        this.#targetDuration,
        Math.round(rendition?.segments.at(-1)?.duration ?? 0),
      );
    }
    this.#wake();
  }

  #leaves({ track }: Rendition, segment: LiveSegment): void {
    // A segment of a format before has another track than the rendition by now.
    const tracks = this.tracksOf(segment.generation) ?? [];
    const own = tracks.find(({ kind }) => kind === track.kind);
    for (const leaving of this.#followers) if (own) leaving(own.kind, segment, own);
  }

  #wake(): void {
    for (const check of [...this.#waiters]) check();
  }

  #checkIdle(): void {
    if (this.#options.clock.monotonic() - this.#lastRequest < this.#options.linger) return;
    this.close();
    this.#options.onIdle();
  }
}

const sameTracks = (a: readonly Track[], b: readonly Track[]): boolean =>
  a.length === b.length && a.every((track, i) => track === b[i]);
