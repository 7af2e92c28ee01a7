import { MalformedError } from '../bytes/index.ts';
import { type AudioFormat, type Codec, codecs, type Format } from '../codecs/index.ts';
import { FlvPacket, fourCcOf, readAudioHead, readVideoHead, TAG, type TagSink } from '../flv/index.ts';
import { SessionTimeline, type TrackTimeline } from '../rtp/index.ts';
import {
  type Clock,
  type Frame,
  FrameTooLargeError,
  FrameWriter,
  type MediaStream,
  type SlabPool,
  type Track,
} from '../stream/index.ts';
import { Expected } from './intake/expected.ts';
import { type Intake, intakeOf } from './intake/intake.ts';
import { SoundClock } from './intake/sound-clock.ts';

export interface FlvToStreamOptions {
  readonly stream: MediaStream;
  readonly pool: SlabPool;
  readonly clock: Pick<Clock, 'utc' | 'monotonic'>;
  /** Monotonic milliseconds of the stream's media zero, the same over all sessions: times go on behind the last one. */
  readonly zero: number;
  /** The formats of the tracks are known and announced. */
  readonly onReady: () => void;
  /** The first key frame was published. */
  readonly onLive: () => void;
  /** Codecs that are of use further on; all of them when absent. */
  readonly takes?: (codec: Codec) => boolean;
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
/** FLV counts in milliseconds. */
const FLV_RATE = 1000;
/** Bytes held back until it is known which tracks there are. */
const MAX_HELD = 12 * 1024 * 1024;

/** Codecs by how FLV names them: `kind number`, or the number of four characters. */
const BY_NAME: ReadonlyMap<string, Codec> = new Map(
  codecs.flatMap((codec) => {
    const { id, habit, fourCc } = codec.flv ?? {};
    const names = [id, habit].filter((each) => each !== undefined).map((each) => `${codec.kind} ${each}`);
    if (fourCc !== undefined) names.push(`${codec.kind} cc ${fourCcOf(fourCc)}`);
    return names.map((name) => [name, codec] as const);
  }),
);

/** The FLV messages of one RTMP session, or of FLV over HTTP, become frames of a stream. */
export class FlvToStream implements TagSink {
  /** Monotonic milliseconds at which the last picture was published; the last sound where there is no picture. */
  lastFrame: number;
  readonly #options: FlvToStreamOptions;
  readonly #session: SessionTimeline;
  readonly #expected: Expected;
  readonly #packet = new FlvPacket();
  #lanes: Lane[] = [];
  /** Codec names, as messages have them, that are not taken. */
  readonly #foreign = new Set<string>();
  /** Milliseconds of the first message: where all tracks of the session begin. */
  #first: number | undefined;
  #held: Frame[] = [];
  #heldBytes = 0;
  #bytes = 0;
  #messages = 0;
  #dropped = 0;
  #ready = false;
  #live = false;
  #closed = false;

  constructor(options: FlvToStreamOptions) {
    this.#options = options;
    this.#session = new SessionTimeline(options.zero, options.stream.newest);
    this.lastFrame = options.clock.monotonic();
    this.#expected = new Expected(this.lastFrame);
  }

  /** Since the session began. */
  get counters(): { bytes: number; packets: number; lost: number; dropped: number } {
    const dropped = this.#lanes.reduce((sum, { intake }) => sum + intake.dropped, this.#dropped);
    return { bytes: this.#bytes, packets: this.#messages, lost: 0, dropped };
  }

  /** What comes and cannot be used, in words; undefined when nothing of the kind came. */
  get trouble(): string | undefined {
    if (this.#foreign.size > 0) return `${[...this.#foreign].join(', ')}: not carried`;
    const silent = this.#lanes.filter(({ track }) => !track).map(({ kind }) => kind);
    return silent.length > 0 ? `${silent.join(' and ')} without its configuration` : undefined;
  }

  tag(type: number, timestamp: number, b: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    this.#bytes += end - start;
    this.#messages++;
    if (type === TAG.script) this.#expected.metadata(b, start, end);
    else if (type === TAG.video || type === TAG.audio) {
      try {
        this.#media(type === TAG.video ? 'video' : 'audio', timestamp, b, start, end);
      } catch (error) {
        if (!(error instanceof MalformedError) && !(error instanceof FrameTooLargeError)) throw error;
        this.#dropped++;
      }
    }
    if (!this.#ready) this.#maybeReady();
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#letGo();
    for (const lane of this.#lanes) lane.writer?.close();
    if (this.#ready) this.#options.stream.setTracks([]);
  }

  #media(kind: Kind, timestamp: number, b: Buffer, start: number, end: number): void {
    const packet = this.#packet;
    if (kind === 'video') readVideoHead(b, start, end, packet);
    else readAudioHead(b, start, end, packet);
    if (packet.kind === 'other') return;
    const lane = this.#laneOf(kind, packet);
    if (packet.kind === 'config') lane?.intake.config(b, packet);
    else if (packet.start < packet.end) {
      this.#first ??= timestamp;
      lane?.intake.frame(b, packet, timestamp);
    }
  }

  /** The lane of a message's codec; another codec than before takes the place of the old one. */
  #laneOf(kind: Kind, packet: FlvPacket): Lane | undefined {
    const name = packet.id < 0 ? `${kind} cc ${packet.fourCc}` : `${kind} ${packet.id}`;
    const codec = BY_NAME.get(name);
    if (!codec || this.#options.takes?.(codec) === false) {
      if (this.#foreign.size < 8) this.#foreign.add(codec?.name ?? spoken(kind, packet));
      return undefined;
    }
    const known = this.#lanes.find((lane) => lane.kind === kind);
    if (known?.intake.codec === codec) return known;
    known?.writer?.close();
    const lane = this.#open(kind, codec, known?.lastDts ?? -1);
    this.#lanes = [...this.#lanes.filter((each) => each !== known), lane].sort(
      (one, other) => IDS[one.kind] - IDS[other.kind],
    );
    return lane;
  }

  #open(kind: Kind, codec: Codec, lastDts: number): Lane {
    const timeline = this.#session.track(FLV_RATE);
    const lane: Lane = {
      kind,
      timeline,
      sound: new SoundClock(),
      track: undefined,
      writer: undefined,
      lastDts,
      intake: intakeOf(codec, {
        open: (format) => this.#use(lane, format),
        times: (packet, timestamp) => this.#times(lane, packet, timestamp),
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
  #times(lane: Lane, packet: FlvPacket, timestamp: number): { dts: number; pts: number } {
    const { timeline, track } = lane;
    const format = track!.format;
    // All tracks of a session count from one zero: they are placed alike.
    timeline.announced ??= this.#first;
    let dts = timeline.ticks(timestamp, this.#options.clock.monotonic());
    if (lane.kind === 'audio') dts = lane.sound.next(dts, format as AudioFormat);
    dts = Math.max(dts, lane.lastDts + 1);
    lane.lastDts = dts;
    const pts = dts + Math.round((packet.offset * format.clockRate) / FLV_RATE);
    return { dts, pts: Math.max(dts, pts) };
  }

  #maybeReady(): void {
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

  #letGo(): void {
    for (const frame of this.#held) frame.slab.release();
    this.#held = [];
    this.#heldBytes = 0;
  }
}

/** A codec that we do not know, for people. */
function spoken(kind: Kind, packet: FlvPacket): string {
  if (packet.id >= 0) return `${kind} codec ${packet.id}`;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(packet.fourCc);
  return `${kind} codec ${bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '?')}`;
}
