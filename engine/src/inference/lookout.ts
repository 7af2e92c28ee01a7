import { withinSchedule } from '@nightjar/contract';
import type { DesiredInference, ObjectFact, ObjectsMessage } from '@nightjar/contract/link';
import type { Clock, MediaStream } from '@nightjar/media/stream';
import { type Vision, VisionError, type Wish } from '../vision/index.ts';
import { Things } from './things.ts';

export interface LookoutOptions {
  readonly streamId: string;
  readonly wanted: DesiredInference;
  readonly vision: Pick<Vision, 'objects'>;
  /** The camera's own pictures, as they are now; undefined while there is no such stream. */
  readonly media: () => MediaStream | undefined;
  readonly clock: Clock;
  readonly fact: (fact: ObjectFact) => void;
  readonly tell: (message: ObjectsMessage) => void;
}

/** Milliseconds between two looks at the hours and at the stream, and after which a lost session is tried again. */
const LOOK = 1_000;
const AGAIN = 10_000;

/** Looks at one stream, in its hours, for as long as it is open. */
export class Lookout {
  readonly #options: LookoutOptions;
  readonly #stop: () => void;
  #wish: Wish | undefined;
  #media: MediaStream | undefined;
  #things: Things | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;
  #sessions = 0;

  constructor(options: LookoutOptions) {
    this.#options = options;
    this.#stop = options.clock.every(LOOK, () => this.#converge());
    this.#converge();
  }

  /** Idempotent. */
  close(): void {
    this.#stop();
    this.#end();
  }

  #converge(): void {
    const { wanted, clock, media } = this.#options;
    const open = wanted.schedule === undefined || withinSchedule(wanted.schedule, clock.utc());
    const now = open ? media() : undefined;
    if (now === this.#media) return;
    this.#end();
    if (now && clock.monotonic() >= this.#notBefore) this.#begin(now);
  }

  #begin(media: MediaStream): void {
    const { streamId, wanted, vision, clock, fact, tell } = this.#options;
    const { detector, schedule: _, look_at: __, ...wish } = wanted;
    const things = new Things(streamId, `${clock.utc().toString(36)}${++this.#sessions}`, fact);
    this.#media = media;
    this.#things = things;
    const lost = (): void => {
      this.#notBefore = clock.monotonic() + AGAIN;
      this.#end();
    };
    try {
      this.#wish = vision.objects({
        subject: streamId,
        media,
        detector,
        wish,
        onObjects: (tracks, at) =>
          tell({
            type: 'objects',
            stream_id: streamId,
            at: new Date(at).toISOString(),
            objects: things.look(tracks, at),
          }),
        onFailed: lost,
      });
    } catch (error) {
      if (!(error instanceof VisionError)) throw error;
      lost();
    }
  }

  #end(): void {
    this.#wish?.close();
    this.#things?.close();
    this.#wish = undefined;
    this.#things = undefined;
    this.#media = undefined;
  }
}
