import type { AudioFormat, Codec, Format } from '../codecs/index.ts';
import { SessionTimeline, type TrackTimeline } from '../rtp/index.ts';
import {
  type Clock,
  type Frame,
  FrameWriter,
  type MediaStream,
  type SlabPool,
  type Track,
} from '../stream/index.ts';
import { Expected } from './expected.ts';
import { type Intake, intakeOf, type MediaUnit } from './intake.ts';
import { SoundClock } from './sound-clock.ts';

export interface MediaSessionOptions {
  readonly stream: MediaStream;
  readonly pool: SlabPool;
  readonly clock: Pick<Clock, 'utc' | 'monotonic'>;
  /** Monotonic milliseconds of the stream's media zero, the same over all sessions: times go on behind the last one. */
  readonly zero: number;
  /** The formats of the tracks are known and announced. */
  readonly onReady: () => void;
  /** The first key frame was published. */
  readonly onLive: () => void;
  /** Hz of the time stamps that all tracks of the session share. */
  readonly rate: number;
}

type Kind = Track['kind'];

/** One track on its way in. */
interface Lane {
  readonly kind: Kind;
  readonly intake: Intake;
  readonly timeline: TrackTimeline;
  readonly sound: SoundClock;
  track: Track | undefined;
  writer: FrameWriter | undefined;
  lastDts: number;
}

const IDS: Readonly<Record<Kind, number>> = { video: 1, audio: 2 };
/** Bytes held back until it is known which tracks there are. */
const MAX_HELD = 12 * 1024 * 1024;

/**
 * What one connection brings of a picture and of a sound that count from one zero becomes frames of a stream. Which
 * tracks there are shows as they come: frames are held back until it is known.
 */
export class MediaSession {
  /** Monotonic milliseconds at which the last picture was published; the last sound where there is no picture. */
  lastFrame: number;
  readonly #options: MediaSessionOptions;
  readonly #session: SessionTimeline;
  readonly #expected: Expected;
  #lanes: Lane[] = [];
  /** Time stamp of the first unit: where all tracks of the session begin. */
  #first: number | undefined;
  #held: Frame[] = [];
  #heldBytes = 0;
  #ready = false;
  #live = false;
  #closed = false;

  constructor(options: MediaSessionOptions) {
    this.#options = options;
    this.#session = new SessionTimeline(options.zero, options.stream.newest);
    this.lastFrame = options.clock.monotonic();
    this.#expected = new Expected(this.lastFrame);
  }

  /** Nothing more is taken. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Frames given up because they could not be read. */
  get dropped(): number {
    return this.#lanes.reduce((sum, { intake }) => sum + intake.dropped, 0);
  }

  /** Tracks of which something came, and no configuration. */
  get silent(): readonly Kind[] {
    return this.#lanes.filter(({ track }) => !track).map(({ kind }) => kind);
  }

  /** Something says whether there is a track of this kind. */
  announce(kind: Kind, there: boolean): void {
    this.#expected.announce(kind, there);
  }

  /** Where tracks of a codec go; another codec than before takes the place of the old one of its kind. */
  intake(codec: Codec): Intake {
    const { kind } = codec;
    const known = this.#lanes.find((lane) => lane.kind === kind);
    if (known?.intake.codec === codec) return known.intake;
    known?.writer?.close();
    const lane = this.#open(kind, codec, known?.lastDts ?? -1);
    this.#lanes = [...this.#lanes.filter((each) => each !== known), lane].sort(
      (one, other) => IDS[one.kind] - IDS[other.kind],
    );
    return lane.intake;
  }

  /** Hands one unit to its intake. */
  frame(intake: Intake, b: Buffer, unit: MediaUnit, timestamp: number): void {
    if (this.#closed || unit.start >= unit.end) return;
    this.#first ??= timestamp;
    intake.frame(b, unit, timestamp);
  }

  /** Announces the tracks once no other is to be waited for; to be called now and then until then. */
  settle(): void {
    if (this.#ready || this.#closed) return;
    const { clock, onReady } = this.#options;
    if (!this.#expected.complete(clock.monotonic()) && this.#heldBytes < MAX_HELD) return;
    if (!this.#lanes.some(({ track }) => track)) return;
    this.#ready = true;
    this.#announce();
    onReady();
    const held = this.#held;
    this.#held = [];
    for (const frame of held) {
      this.#push(frame);
      frame.slab.release();
    }
    this.#heldBytes = 0;
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const frame of this.#held) frame.slab.release();
    this.#held = [];
    for (const lane of this.#lanes) lane.writer?.close();
    if (this.#ready) this.#options.stream.setTracks([]);
  }

  #open(kind: Kind, codec: Codec, lastDts: number): Lane {
    const timeline = this.#session.track(this.#options.rate);
    const lane: Lane = {
      kind,
      timeline,
      sound: new SoundClock(),
      track: undefined,
      writer: undefined,
      lastDts,
      intake: intakeOf(codec, {
        open: (format) => this.#use(lane, format),
        times: (unit, timestamp) => this.#times(lane, unit, timestamp),
      }),
    };
    return lane;
  }

  /** A track's format is known or another one now: what follows is a new track object. */
  #use(lane: Lane, format: Format): FrameWriter {
    const { pool, clock } = this.#options;
    lane.writer?.close();
    const before = lane.track?.format.clockRate ?? format.clockRate;
    if (lane.lastDts >= 0) lane.lastDts = Math.ceil((lane.lastDts * format.clockRate) / before);
    lane.timeline.output(format.clockRate);
    lane.sound.reset();
    lane.track = { id: IDS[lane.kind], kind: lane.kind, format };
    lane.writer = new FrameWriter({
      track: lane.track,
      pool,
      clock,
      push: (frame) => this.#publish(lane, frame),
    });
    this.#expected.known(lane.kind, clock.monotonic());
    if (this.#ready) this.#announce();
    return lane.writer;
  }

  /** Times rise strictly whatever comes in; sound goes on by its own samples, for milliseconds are too coarse. */
  #times(lane: Lane, unit: MediaUnit, timestamp: number): { dts: number; pts: number } {
    const { timeline, track } = lane;
    const format = track!.format;
    // All tracks of a session count from one zero: they are placed alike.
    timeline.announced ??= this.#first;
    let dts = timeline.ticks(timestamp, this.#options.clock.monotonic());
    if (lane.kind === 'audio') dts = lane.sound.next(dts, format as AudioFormat);
    dts = Math.max(dts, lane.lastDts + 1);
    lane.lastDts = dts;
    const pts = dts + Math.round((unit.offset * format.clockRate) / this.#options.rate);
    return { dts, pts: Math.max(dts, pts) };
  }

  #announce(): void {
    this.#options.stream.setTracks(this.#lanes.flatMap(({ track }) => track ?? []));
  }

  #publish(lane: Lane, frame: Frame): void {
    if (this.#closed) return;
    if (this.#ready) {
      this.#push(frame);
      return;
    }
    // Nobody can begin with a picture that needs others.
    const begun =
      lane.kind === 'audio' || frame.key || this.#held.some(({ track }) => track.kind === 'video');
    if (!begun) return;
    frame.slab.retain();
    this.#held.push(frame);
    this.#heldBytes += frame.end - frame.start;
  }

  #push(frame: Frame): void {
    const { stream, clock, onLive } = this.#options;
    // Held back until its format was no longer the track's.
    if (!stream.tracks.includes(frame.track)) return;
    stream.push(frame);
    const hasVideo = stream.tracks[0]?.kind === 'video';
    if (frame.track.kind === 'audio' && hasVideo) return;
    this.lastFrame = clock.monotonic();
    if (this.#live || !frame.key) return;
    this.#live = true;
    onLive();
  }
}
