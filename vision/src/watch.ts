import type { ObjectsWish, SeenTrack, Unit } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import type { PixelBackend, Session } from './backend.ts';
import type { Sight } from './blur/index.ts';
import { type Box, Looker, NoAnswer, type Track, Tracker } from './detect/index.ts';
import type { Picture420 } from './planes.ts';

/** What is less sure than the threshold by this factor still carries on what was sure. */
const UNSURE = 0.4;
/** Seconds for which a thing that is not found is still followed. */
const KEEP = 2;

export interface WatchSink {
  /** What is in a unit's picture, whatever there is. */
  objects(tracks: readonly SeenTrack[], unit: Unit): void;
  failed(message: string): void;
}

/** Looks at a track through a network and follows what is in it. A picture that comes while it looks is passed over. */
export class Watch implements Session {
  readonly #format: VideoFormat;
  readonly #wish: ObjectsWish;
  readonly #sink: WatchSink;
  readonly #looker: Looker;
  readonly #samples: Session;
  readonly #tracker: Tracker;
  #looking = false;
  #closed = false;

  constructor(
    backend: Pick<PixelBackend, 'samples'>,
    format: VideoFormat,
    { wish, sight, sink }: { wish: ObjectsWish; sight: Sight; sink: WatchSink },
  ) {
    const { detector, detectors } = sight;
    const { threshold, fps } = wish;
    const classes = wish.classes.length > 0 ? wish.classes : detector.classes;
    this.#format = format;
    this.#wish = wish;
    this.#sink = sink;
    this.#looker = new Looker(detectors, { detector, classes, least: threshold * UNSURE });
    this.#tracker = new Tracker({ threshold, keep: Math.max(KEEP, 3 / fps) });
    this.#samples = backend.samples(
      format,
      { width: detector.width, height: detector.height, fps },
      {
        picture: (picture, unit) => this.#look(picture, unit),
        failed: (message) => sink.failed(message),
      },
    );
  }

  push(unit: Unit): Promise<void> {
    return this.#samples.push(unit);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#looker.close();
    await this.#samples.close();
  }

  #look(picture: Picture420, unit: Unit): void {
    if (this.#looking || this.#closed) return;
    this.#looking = true;
    this.#looker
      .look(picture)
      .then(
        (found) => {
          const tracks = this.#tracker.update(found, unit.time / this.#format.clockRate);
          if (!this.#closed) this.#sink.objects(this.#told(tracks), unit);
        },
        (error: unknown) => {
          // Nobody looks for a moment: what is followed stays.
          if (!(error instanceof NoAnswer)) throw error;
        },
      )
      .finally(() => {
        this.#looking = false;
      });
  }

  #told(tracks: readonly Track[]): SeenTrack[] {
    return tracks
      .filter(({ box }) => within(this.#wish.zones, box))
      .map(({ id, kind, score, box, last }) => ({
        track: id,
        class: this.#looker.nameOf(kind),
        score,
        box: [box.x0, box.y0, box.x1, box.y1].map((part) =>
          Math.min(1, Math.max(0, part)),
        ) as SeenTrack['box'],
        last,
      }));
  }
}

/** Whether what stands there stands in one of the zones, by the middle of its lower edge. */
function within(zones: ObjectsWish['zones'], { x0, x1, y1 }: Box): boolean {
  const [x, y] = [(x0 + x1) / 2, y1];
  return zones.length === 0 || zones.some((zone) => inside(zone, x, y));
}

function inside(points: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let odd = false;
  for (const [i, [ax, ay]] of points.entries()) {
    const [bx, by] = points[(i + 1) % points.length]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}
