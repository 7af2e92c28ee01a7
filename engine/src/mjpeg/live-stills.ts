import type { StillJob, Unit } from '@nightjar/contract/vision';
import type { Clock, Frame, MediaStream, Track } from '@nightjar/media/stream';
import { describe, type Vision } from '../vision/index.ts';
import type { PictureOptions } from './options.ts';
import type { PictureHubs } from './picture-hubs.ts';

/** Milliseconds a picture may be old before a newer one is decoded. */
const FRESH = 2_500;
/** Stills that are kept for those who ask for the same. */
const KEPT = 32;

/** A still of a live stream. */
export interface LiveStill {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** UTC milliseconds at which its frame had come. */
  readonly arrival: number;
}

/** What would be shown: known before anything is decoded. */
export interface StillPlan {
  /** Changes with the picture; for conditional requests. */
  readonly tag: string;
  readonly arrival: number;
  /** Rejects with VisionError. */
  make(): Promise<LiveStill>;
}

export interface StillWish extends PictureOptions {
  /** The newest frame, whatever it costs. */
  readonly exact: boolean;
}

/** Stills of live streams, from pictures that are made anyway, else from the frames since the last key frame. */
export class LiveStills {
  readonly #options: { vision: Pick<Vision, 'still'>; hubs: PictureHubs; clock: Pick<Clock, 'utc'> };
  /** Newest last. */
  readonly #made = new Map<string, Promise<LiveStill>>();

  constructor(options: { vision: Pick<Vision, 'still'>; hubs: PictureHubs; clock: Pick<Clock, 'utc'> }) {
    this.#options = options;
  }

  /** Undefined while there is no key frame yet. */
  plan(subject: string, media: MediaStream, wish: StillWish): StillPlan | undefined {
    const running = this.#running(media, wish);
    if (running) return { ...running, make: async () => running };
    const track = media.tracks.find(({ kind }) => kind === 'video');
    const frames = track ? media.gop.filter((frame) => frame.track === track) : [];
    const [first] = frames;
    if (!track || !first) return undefined;
    const fresh = this.#options.clock.utc() - first.arrival < FRESH;
    const chosen = fresh && !wish.exact ? [first] : frames;
    const { arrival } = chosen.at(-1)!;
    const tag = `${arrival}-${wish.width ?? 0}-${wish.quality}`;
    return { tag, arrival, make: () => this.#make(`${subject} ${tag}`, subject, track, chosen, wish) };
  }

  #running(media: MediaStream, wish: StillWish): (LiveStill & { tag: string }) | undefined {
    const latest = this.#options.hubs.running(media)?.latest(wish);
    if (!latest || this.#options.clock.utc() - latest.arrival >= FRESH) return undefined;
    return { ...latest, tag: `${latest.arrival}-${wish.width ?? 0}-${wish.quality}` };
  }

  /** The same still is made once for all who ask for it. */
  #make(
    key: string,
    subject: string,
    track: Track,
    frames: readonly Frame[],
    wish: StillWish,
  ): Promise<LiveStill> {
    const known = this.#made.get(key);
    if (known) return known;
    const job: StillJob = {
      track: describe(track.format),
      units: frames.map(unitOf),
      at: undefined,
      width: wish.width,
      quality: wish.quality,
    };
    const { arrival } = frames.at(-1)!;
    const made = this.#still(subject, job).then(({ jpeg, width, height }) => ({
      jpeg,
      width,
      height,
      arrival,
    }));
    this.#made.set(key, made);
    made.catch(() => this.#made.delete(key));
    const oldest = this.#made.keys().next();
    if (this.#made.size > KEPT && !oldest.done) this.#made.delete(oldest.value);
    return made;
  }

  async #still(subject: string, job: StillJob): ReturnType<Vision['still']> {
    return this.#options.vision.still(subject, job);
  }
}

/** A copy: the frame's memory is another's when the decoder gets to it. */
function unitOf({ slab, payload, end, pts, arrival, key }: Frame): Unit {
  return { data: Buffer.from(slab.buffer.subarray(payload, end)), time: pts, arrival, key, show: true };
}
