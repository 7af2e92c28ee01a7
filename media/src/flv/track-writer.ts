import { type AudioFormat, isOpus, type VideoFormat } from '../codecs/index.ts';
import type { Frame, Track } from '../stream/index.ts';
import { type AmfObject, EcmaArray, writeAmf } from './amf0.ts';
import { opusHeadFromDops } from './opus-head.ts';
import { fourCcOf, WITH_OFFSET } from './packet.ts';
import { TAG } from './tag.ts';

const KEY = 1;
const INTER = 2;
/** Packet types, in both dialects. */
const CONFIG = 0;
const FRAME = 1;
const G711_RATE = 8000;

/** How the messages of a track begin: in the old form where it has a number there, else in Enhanced RTMP's. */
interface Dialect {
  readonly configBytes: number;
  readonly headBytes: number;
  config(out: Buffer): void;
  frame(out: Buffer, frame: Frame): void;
}

/** One track on its way out: its configuration message, and the heads of its frames. */
export class TrackWriter {
  readonly track: Track;
  readonly type: number;
  readonly #dialect: Dialect;
  readonly #head: Buffer;

  private constructor(track: Track, dialect: Dialect) {
    this.track = track;
    this.type = track.kind === 'video' ? TAG.video : TAG.audio;
    this.#dialect = dialect;
    this.#head = Buffer.alloc(dialect.headBytes);
  }

  /** Undefined for a track that FLV cannot carry. */
  static of(track: Track): TrackWriter | undefined {
    const dialect = dialectOf(track);
    return dialect && new TrackWriter(track, dialect);
  }

  /** The body of the message that describes the track; undefined for codecs that need none. */
  config(): Buffer | undefined {
    const { format } = this.track;
    if (format.record.length === 0) return undefined;
    const record = isOpus(format) ? opusHeadFromDops(format.record) : format.record;
    const out = Buffer.alloc(this.#dialect.configBytes + record.length);
    this.#dialect.config(out);
    record.copy(out, this.#dialect.configBytes);
    return out;
  }

  /** The head of a frame's message, in a buffer that the next call overwrites. */
  head(frame: Frame): Buffer {
    this.#dialect.frame(this.#head, frame);
    return this.#head;
  }
}

function dialectOf({ kind, format }: Track): Dialect | undefined {
  const { id, fourCc } = format.codec.flv ?? {};
  if (kind === 'video') {
    if (id !== undefined) return numberedVideo(id);
    return fourCc === undefined ? undefined : namedVideo(fourCcOf(fourCc));
  }
  const { sampleRate, channels } = format as AudioFormat;
  // With a record the bits for rate and channels mean nothing (E.4.2.1).
  if (id !== undefined && format.record.length > 0) return numberedAudio((id << 4) | 15, true);
  if (id !== undefined) {
    const fits = sampleRate === G711_RATE && channels <= 2;
    return fits ? numberedAudio((id << 4) | 2 | (channels - 1), false) : undefined;
  }
  return fourCc === undefined ? undefined : namedAudio(fourCcOf(fourCc));
}

function numberedVideo(id: number): Dialect {
  const head = (out: Buffer, key: boolean, type: number, offset: number): void => {
    out[0] = ((key ? KEY : INTER) << 4) | id;
    out[1] = type;
    out.writeIntBE(offset, 2, 3);
  };
  return {
    configBytes: 5,
    headBytes: 5,
    config: (out) => head(out, true, CONFIG, 0),
    frame: (out, frame) => head(out, frame.key, FRAME, offsetOf(frame)),
  };
}

function namedVideo(fourCc: number): Dialect {
  const head = (out: Buffer, key: boolean, type: number): void => {
    out[0] = 0x80 | ((key ? KEY : INTER) << 4) | type;
    out.writeUInt32BE(fourCc, 1);
  };
  const offset = WITH_OFFSET.has(fourCc);
  return {
    configBytes: 5,
    headBytes: offset ? 8 : 5,
    config: (out) => head(out, true, CONFIG),
    frame(out, frame) {
      head(out, frame.key, FRAME);
      if (offset) out.writeIntBE(offsetOf(frame), 5, 3);
    },
  };
}

function numberedAudio(first: number, typed: boolean): Dialect {
  const head = (out: Buffer, type: number): void => {
    out[0] = first;
    if (typed) out[1] = type;
  };
  const bytes = typed ? 2 : 1;
  return {
    configBytes: bytes,
    headBytes: bytes,
    config: (out) => head(out, CONFIG),
    frame: (out) => head(out, FRAME),
  };
}

function namedAudio(fourCc: number): Dialect {
  const head = (out: Buffer, type: number): void => {
    out[0] = 0x90 | type;
    out.writeUInt32BE(fourCc, 1);
  };
  return {
    configBytes: 5,
    headBytes: 5,
    config: (out) => head(out, CONFIG),
    frame: (out) => head(out, FRAME),
  };
}

/** Milliseconds from decoding to showing, as far as 24 bits hold it. */
function offsetOf({ pts, dts, track }: Frame): number {
  return Math.max(-0x800000, Math.min(0x7fffff, Math.round(((pts - dts) * 1000) / track.format.clockRate)));
}

/** The body of the `onMetaData` message for these tracks. */
export function metadataOf(tracks: readonly Track[]): Buffer {
  const members: AmfObject = { encoder: 'Nightjar' };
  for (const { kind, format } of tracks) {
    const { id, fourCc = '' } = format.codec.flv ?? {};
    members[`${kind}codecid`] = id ?? fourCcOf(fourCc);
    if (kind === 'video') {
      const { width, height, declaredFrameRate } = format as VideoFormat;
      Object.assign(members, { width, height });
      if (declaredFrameRate !== undefined) members['framerate'] = declaredFrameRate;
    } else {
      const { sampleRate, channels } = format as AudioFormat;
      Object.assign(members, { audiosamplerate: sampleRate, audiosamplesize: 16, stereo: channels > 1 });
    }
  }
  return writeAmf('onMetaData', new EcmaArray(members));
}
