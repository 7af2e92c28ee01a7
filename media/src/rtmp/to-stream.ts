import { MalformedError, unlessMalformed } from '../bytes/index.ts';
import { type Codec, codecs, opus } from '../codecs/index.ts';
import {
  dopsFromOpusHead,
  FlvPacket,
  fourCcOf,
  readAudioHead,
  readVideoHead,
  TAG,
  type TagSink,
} from '../flv/index.ts';
import { MediaSession, type MediaSessionOptions } from '../intake/index.ts';
import { FrameTooLargeError, type Track } from '../stream/index.ts';
import { announcedTracks } from './metadata.ts';
import { Reign } from './reign.ts';

export interface FlvToStreamOptions extends Omit<MediaSessionOptions, 'rate'> {
  /** Codecs that are of use further on; all of them when absent. */
  readonly takes?: (codec: Codec) => boolean;
}

type Kind = Track['kind'];

/** FLV counts in milliseconds. */
const FLV_RATE = 1000;
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
  readonly #session: MediaSession;
  readonly #takes: (codec: Codec) => boolean;
  readonly #packet = new FlvPacket();
  /** Codec names, as messages have them, that are not taken. */
  readonly #foreign = new Set<string>();
  readonly #reigns = { video: new Reign(), audio: new Reign() };
  #bytes = 0;
  #messages = 0;
  #dropped = 0;

  constructor(options: FlvToStreamOptions) {
    this.#session = new MediaSession({ ...options, rate: FLV_RATE });
    this.#takes = options.takes ?? (() => true);
  }

  /** Monotonic milliseconds at which the last picture was published; the last sound where there is no picture. */
  get lastFrame(): number {
    return this.#session.lastFrame;
  }

  /** Since the session began. */
  get counters(): { bytes: number; packets: number; lost: number; dropped: number } {
    const strays = this.#reigns.video.strays + this.#reigns.audio.strays;
    const dropped = this.#dropped + strays + this.#session.dropped;
    return { bytes: this.#bytes, packets: this.#messages, lost: 0, dropped };
  }

  /** What comes and cannot be used, in words; undefined when nothing of the kind came. */
  get trouble(): string | undefined {
    if (this.#foreign.size > 0) return `${[...this.#foreign].join(', ')}: not carried`;
    const { silent } = this.#session;
    return silent.length > 0 ? `${silent.join(' and ')} without its configuration` : undefined;
  }

  tag(type: number, timestamp: number, b: Buffer, start: number, end: number): void {
    if (this.#session.closed) return;
    this.#bytes += end - start;
    this.#messages++;
    if (type === TAG.script) this.#metadata(b, start, end);
    else if (type === TAG.video || type === TAG.audio) {
      try {
        this.#media(type === TAG.video ? 'video' : 'audio', timestamp, b, start, end);
      } catch (error) {
        if (!(error instanceof MalformedError) && !(error instanceof FrameTooLargeError)) throw error;
        this.#dropped++;
      }
    }
    this.#session.settle();
  }

  /** The session is over: the stream has no tracks until the next one. */
  close(): void {
    this.#session.close();
  }

  #metadata(b: Buffer, start: number, end: number): void {
    const { video, audio } = announcedTracks(b, start, end);
    if (video !== undefined) this.#session.announce('video', video);
    if (audio !== undefined) this.#session.announce('audio', audio);
  }

  #media(kind: Kind, timestamp: number, b: Buffer, start: number, end: number): void {
    const packet = this.#packet;
    if (kind === 'video') readVideoHead(b, start, end, packet);
    else readAudioHead(b, start, end, packet);
    if (packet.kind === 'other') return;
    const codec = this.#codecOf(kind, packet);
    if (!codec) return;
    const reign = this.#reigns[kind];
    if (packet.kind === 'config') {
      const record = recordOf(codec, b.subarray(packet.start, packet.end));
      if (reign.isOwn(codec)) this.#configure(codec, record);
      else if (unlessMalformed(() => codec.formatFromRecord(record))) reign.claim(codec, Buffer.from(record));
      else reign.strays++;
      return;
    }
    const accepted = reign.frame(codec);
    if (accepted === false) return;
    if (accepted !== true) this.#configure(codec, accepted);
    this.#session.frame(this.#session.intake(codec), b, packet, timestamp);
  }

  #configure(codec: Codec, record: Buffer): void {
    this.#reigns[codec.kind].begin(codec);
    this.#session.intake(codec).config(record, { start: 0, end: record.length });
  }

  #codecOf(kind: Kind, packet: FlvPacket): Codec | undefined {
    const name = packet.id < 0 ? `${kind} cc ${packet.fourCc}` : `${kind} ${packet.id}`;
    const codec = BY_NAME.get(name);
    if (codec && this.#takes(codec)) return codec;
    if (this.#foreign.size < 8) this.#foreign.add(codec?.name ?? spoken(kind, packet));
    return undefined;
  }
}

function recordOf(codec: Codec, message: Buffer): Buffer {
  return codec === opus ? dopsFromOpusHead(message) : message;
}

/** A codec that we do not know, for people. */
function spoken(kind: Kind, packet: FlvPacket): string {
  if (packet.id >= 0) return `${kind} codec ${packet.id}`;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(packet.fourCc);
  return `${kind} codec ${bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '?')}`;
}
