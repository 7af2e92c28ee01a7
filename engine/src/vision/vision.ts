import type { Detector, PrivacyOptions } from '@nightjar/contract';
import type {
  ObjectsWish,
  PictureOutput,
  SeenTrack,
  SoundTarget,
  StillJob,
  VideoTarget,
  VisionCounters,
} from '@nightjar/contract/vision';
import type { AudioFormat } from '@nightjar/media/codecs';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import { Breaker } from './breaker.ts';
import { Containers } from './container.ts';
import { Feed } from './feed.ts';
import { Lane } from './lane.ts';
import { type Still, Stills } from './stills.ts';
import { VisionError } from './vision-error.ts';
import type { Asked, CodedPicture, MadePicture, PicturesWish, VisionFacts, Wish } from './wish.ts';
import type { StartChild } from './worker.ts';

export interface VisionOptions {
  readonly start: StartChild;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn' | 'info'>;
}

/** A little more than one key frame for each wanted picture is enough. */
const ENOUGH = 1.1;
const CUT_OFF = 'its pictures broke the decoder again and again: it is left alone for half a minute';

/**
 * The engine's door to pixels. The process behind it exists only while somebody wants something, is replaced when
 * it dies or hangs, and whoever broke it more than once gets one of its own.
 */
export class Vision {
  readonly containers: Containers;
  readonly #options: VisionOptions;
  readonly #shared: Lane;
  readonly #apart = new Map<string, Lane>();
  readonly #stills: Stills;
  readonly #breakers = new Map<string, Breaker>();
  readonly #feeds = new Set<Feed>();
  #ids = 0;
  #closed = false;

  constructor(options: VisionOptions) {
    this.#options = options;
    this.#shared = new Lane(options);
    this.containers = new Containers(options);
    this.#stills = new Stills({
      clock: options.clock,
      nextId: () => ++this.#ids,
      onBusy: (busy) => (busy ? this.#shared.add(this.#stills) : this.#shared.remove(this.#stills)),
      onSuspect: (subject) => this.#strike(subject),
    });
  }

  get facts(): VisionFacts {
    const lanes = [this.#shared, ...this.#apart.values()];
    const sum = (of: (counters: VisionCounters) => number): number =>
      lanes.reduce((total, { counters }) => total + (counters ? of(counters) : 0), 0);
    return {
      pids: lanes.flatMap(({ pid }) => pid ?? []),
      tasks: lanes.reduce((total, { tasks }) => total + tasks, 0),
      lives: lanes.reduce((total, { lives }) => total + lives, 0),
      counters: {
        rss: sum(({ rss }) => rss),
        decoders: sum(({ decoders }) => decoders),
        decoded: sum(({ decoded }) => decoded),
        encoded: sum(({ encoded }) => encoded),
      },
    };
  }

  /** One JPEG of frames in hand. Rejects with VisionError. */
  async still(subject: string, job: StillJob): Promise<Still> {
    this.#admit(subject);
    return this.#stills.make(subject, job);
  }

  /** JPEGs of a stream's video as it comes. Throws VisionError. */
  pictures(asked: Asked & { onPicture: (picture: MadePicture) => void }): PicturesWish {
    let wanted: readonly PictureOutput[] = [];
    const wish = this.#feed(asked, {
      kind: 'video',
      open: (id, track) => [
        { type: 'open_pictures', id, track },
        { type: 'outputs', id, outputs: wanted },
      ],
      onMessage: (message) => {
        if (message.type === 'picture') asked.onPicture(message);
      },
    });
    return {
      close: wish.close,
      outputs: (outputs) => {
        wanted = outputs;
        wish.feed.tell((id) => ({ type: 'outputs', id, outputs }));
      },
    };
  }

  /**
   * A stream's pictures covered and coded anew. `onBegin` tells that what follows begins with a key frame.
   * Throws VisionError.
   */
  blur(
    asked: Asked & {
      options: PrivacyOptions;
      detector?: Detector | undefined;
      onBegin: () => void;
      onCoded: (picture: CodedPicture) => void;
    },
  ): Wish {
    return this.#feed(asked, {
      kind: 'video',
      open: (id, track) => {
        asked.onBegin();
        const { options, detector } = asked;
        return [{ type: 'open_blur', id, track, options, detector }];
      },
      onMessage: (message) => {
        if (message.type === 'coded') asked.onCoded(message);
      },
    });
  }

  /**
   * A stream's pictures smaller, from the newest one on. `onBegin` tells that what follows begins with a key frame.
   * Throws VisionError.
   */
  video(
    asked: Asked & {
      target: VideoTarget;
      onBegin: () => void;
      onCoded: (picture: CodedPicture) => void;
    },
  ): Wish {
    return this.#feed(asked, {
      kind: 'video',
      fromNewest: true,
      open: (id, track) => {
        asked.onBegin();
        return [{ type: 'open_video', id, track, target: asked.target }];
      },
      onMessage: (message) => {
        if (message.type === 'coded') asked.onCoded(message);
      },
    });
  }

  /**
   * What a network sees in a stream: `onObjects` gets it for each picture that was looked at, with its arrival (UTC
   * milliseconds). Where the key frames come often enough, they alone are decoded. Throws VisionError.
   */
  objects(
    asked: Asked & {
      detector: Detector;
      wish: ObjectsWish;
      onObjects: (tracks: readonly SeenTrack[], at: number) => void;
    },
  ): Wish {
    const { detector, wish } = asked;
    return this.#feed(asked, {
      kind: 'video',
      fromNewest: true,
      keysSuffice: (seconds) => seconds * wish.fps <= ENOUGH,
      open: (id, track) => [{ type: 'open_objects', id, track, detector, wish }],
      onMessage: (message) => {
        if (message.type === 'objects') asked.onObjects(message.tracks, message.arrival);
      },
    });
  }

  /**
   * A stream's sound in another codec. `target` is asked for each format of the source; `onSound` gets frames of
   * it, `time` in ticks of its clock. Throws VisionError.
   */
  sound(
    asked: Asked & {
      target: (format: AudioFormat) => SoundTarget;
      onSound: (data: Uint8Array, time: number) => void;
    },
  ): Wish {
    return this.#feed(asked, {
      kind: 'audio',
      open: (id, track, format) => [
        { type: 'open_sound', id, track, target: asked.target(format as AudioFormat) },
      ],
      onMessage: (message) => {
        if (message.type === 'sound') asked.onSound(message.data, message.time);
      },
    });
  }

  /** Ends every process; whoever waits is told. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stills.close();
    for (const feed of this.#feeds) feed.close();
    const all = [this.#shared, this.containers, ...this.#apart.values()];
    await Promise.all(all.map((each) => each.close()));
  }

  #feed(
    { subject, media, onFailed }: Asked,
    about: Pick<
      ConstructorParameters<typeof Feed>[0],
      'kind' | 'open' | 'onMessage' | 'fromNewest' | 'keysSuffice'
    >,
  ): Wish & { feed: Feed } {
    this.#admit(subject);
    const close = (): void => {
      if (!this.#feeds.delete(feed)) return;
      feed.close();
      lane.remove(feed);
      this.#tidy(subject);
    };
    const fail = (error: VisionError): void => {
      if (!this.#feeds.has(feed)) return;
      close();
      onFailed(error);
    };
    const feed = new Feed({
      ...about,
      media,
      clock: this.#options.clock,
      nextId: () => ++this.#ids,
      onFailed: (message) => fail(new VisionError('broken', message)),
      onLost: (ending, suspect) => {
        if (ending.final) return fail(unavailable());
        if (!suspect) return;
        this.#strike(subject);
        if (this.#breaker(subject).open(this.#now)) fail(new VisionError('cut_off', CUT_OFF));
        else if (lane === this.#shared && this.#breaker(subject).alone(this.#now)) {
          lane.remove(feed);
          lane = this.#laneOf(subject);
          lane.add(feed);
        }
      },
    });
    let lane = this.#laneOf(subject);
    this.#feeds.add(feed);
    lane.add(feed);
    return { feed, close };
  }

  get #now(): number {
    return this.#options.clock.monotonic();
  }

  #admit(subject: string): void {
    if (this.#closed) throw unavailable();
    if (this.#breakers.get(subject)?.open(this.#now)) throw new VisionError('cut_off', CUT_OFF);
  }

  #laneOf(subject: string): Lane {
    if (!this.#breakers.get(subject)?.alone(this.#now)) return this.#shared;
    const existing = this.#apart.get(subject);
    if (existing) return existing;
    const lane = new Lane(this.#options);
    this.#apart.set(subject, lane);
    return lane;
  }

  #breaker(subject: string): Breaker {
    const existing = this.#breakers.get(subject);
    if (existing) return existing;
    for (const [other, breaker] of this.#breakers) if (breaker.clean(this.#now)) this.#breakers.delete(other);
    const breaker = new Breaker();
    this.#breakers.set(subject, breaker);
    return breaker;
  }

  #strike(subject: string): void {
    this.#breaker(subject).strike(this.#now);
  }

  /** A lane apart that nobody uses goes at once. */
  #tidy(subject: string): void {
    const lane = this.#apart.get(subject);
    if (!lane || lane.tasks > 0) return;
    this.#apart.delete(subject);
    void lane.close();
  }
}

const unavailable = (): VisionError =>
  new VisionError('unavailable', 'nothing on this machine can decode pictures or sound');
