import { unlessMalformed } from '../bytes/index.ts';
import {
  type AudioFormat,
  type Av1Format,
  aac,
  aacFormat,
  av1,
  type Codec,
  type Format,
  isPcm,
  type PcmCodec,
  parseAdts,
  pcmFormat,
  splitAnnexB,
} from '../codecs/index.ts';
import { Av1Units, type ParameterSets, type SetFormat } from '../rtp/index.ts';
import type { FrameWriter } from '../stream/index.ts';
import { type NalCodec, nalCodecOf } from './nal-codecs.ts';

/** One message, packet or sample of a track: `[start, end)` of a buffer that is reused after the call. */
export interface MediaUnit {
  readonly start: number;
  readonly end: number;
  /** From decoding to showing, in ticks of the session's time stamps. */
  readonly offset: number;
  /** A decoder can begin here; asked of codecs only that do not tell in their own bytes. */
  readonly key: boolean;
  /** Sound of codecs without a record: hertz and channels. */
  readonly sampleRate: number;
  readonly channels: number;
}

/** Where the frames of one track go. */
export interface IntakeOptions {
  /** The track's format is known or has changed: gives the writer for what follows. */
  readonly open: (format: Format) => FrameWriter;
  /** Decode and presentation time of a frame, in ticks of the format's clock. */
  readonly times: (packet: MediaUnit, timestamp: number) => { readonly dts: number; readonly pts: number };
}

/** Turns the messages of one track into frames. */
export interface Intake {
  readonly codec: Codec;
  /** Frames given up because they could not be read. */
  readonly dropped: number;
  /** A configuration, `[packet.start, packet.end)`. What cannot be read is passed over. */
  config(b: Buffer, packet: Pick<MediaUnit, 'start' | 'end'>): void;
  /** The format, where it is known as such. */
  describe(format: Format): void;
  frame(b: Buffer, packet: MediaUnit, timestamp: number): void;
}

/** How messages of a codec are read; undefined for one that needs nothing but to be copied. */
export function intakeOf(codec: Codec, options: IntakeOptions): Intake {
  if (codec === av1) return new Av1Intake(options);
  const nals = nalCodecOf(codec);
  return nals ? new PictureIntake(codec, nals, options) : new SoundIntake(codec, options);
}

/** Pictures made of NAL units: parameter sets are taken out, lengths are made four bytes. */
class PictureIntake implements Intake {
  dropped = 0;
  readonly codec: Codec;
  readonly #nals: NalCodec;
  readonly #options: IntakeOptions;
  #sets: ParameterSets<SetFormat>;
  #writer: FrameWriter | undefined;
  #lengthSize = 4;
  #slices = 0;
  #key = false;

  constructor(codec: Codec, nals: NalCodec, options: IntakeOptions) {
    this.codec = codec;
    this.#nals = nals;
    this.#options = options;
    this.#sets = nals.sets(undefined);
  }

  config(b: Buffer, packet: Pick<MediaUnit, 'start' | 'end'>): void {
    const record = b.subarray(packet.start, packet.end);
    const size = unlessMalformed(() => this.#nals.lengthSize(record));
    if (size === undefined) return;
    this.#lengthSize = size;
    const format = unlessMalformed(() => this.codec.formatFromRecord(record));
    if (format) this.describe(format);
  }

  describe(format: Format): void {
    // Sent again every few seconds by some: nothing is new then.
    if (this.#sets.format?.record.equals(format.record)) return;
    this.#sets = this.#nals.sets(format as SetFormat);
    this.#writer = this.#options.open(format);
  }

  frame(b: Buffer, packet: MediaUnit, timestamp: number): void {
    this.#slices = 0;
    this.#key = false;
    if (this.#survey(b, packet.start, packet.end)) this.#store(b, packet, timestamp, false);
    else if (startsWithCode(b, packet.start, packet.end)) this.#annexB(b, packet, timestamp);
    else this.dropped++;
    this.#sets.endUnit();
  }

  /** Encoders that send a byte stream where NAL units with lengths belong. */
  #annexB(b: Buffer, packet: MediaUnit, timestamp: number): void {
    for (const nal of splitAnnexB(b.subarray(packet.start, packet.end))) this.#look(nal, 0, nal.length);
    this.#store(b, packet, timestamp, true);
  }

  /** Looks at every NAL unit; false when their lengths do not fill the frame. */
  #survey(b: Buffer, start: number, end: number): boolean {
    const size = this.#lengthSize;
    let at = start;
    while (at + size <= end) {
      const next = at + size + b.readUIntBE(at, size);
      if (next > end) return false;
      this.#look(b, at + size, next);
      at = next;
    }
    return at === end;
  }

  #look(b: Buffer, start: number, end: number): void {
    if (end - start < this.#nals.headerBytes) return;
    const type = this.#nals.typeOf(b, start);
    if (this.#nals.isParameterSet(type)) this.#sets.add(b, start, end);
    else if (this.#nals.isSlice(type)) {
      this.#slices++;
      if (this.#nals.isKey(type)) this.#key = true;
    }
  }

  #store(b: Buffer, packet: MediaUnit, timestamp: number, annexB: boolean): void {
    if (this.#slices === 0) return;
    const format = this.#key || !this.#writer ? this.#sets.renew() : undefined;
    if (format) this.#writer = this.#options.open(format);
    const writer = this.#writer;
    if (!writer) return;
    writer.begin();
    if (annexB) {
      for (const nal of splitAnnexB(b.subarray(packet.start, packet.end))) {
        if (this.#isStored(nal, 0, nal.length)) writer.nal(nal, 0, nal.length);
      }
    } else this.#copy(writer, b, packet.start, packet.end);
    const { dts, pts } = this.#options.times(packet, timestamp);
    writer.finish(dts, pts, this.#key);
  }

  /** NAL units that stay and lie side by side are copied together, with their lengths. */
  #copy(writer: FrameWriter, b: Buffer, start: number, end: number): void {
    const size = this.#lengthSize;
    let run = start;
    let at = start;
    while (at < end) {
      const body = at + size;
      const next = body + b.readUIntBE(at, size);
      const stored = this.#isStored(b, body, next);
      if (!stored || size !== 4) {
        writer.append(b, run, at);
        run = next;
        if (stored) writer.nal(b, body, next);
      }
      at = next;
    }
    writer.append(b, run, end);
  }

  #isStored(b: Buffer, start: number, end: number): boolean {
    if (end - start < this.#nals.headerBytes) return false;
    const type = this.#nals.typeOf(b, start);
    return this.#nals.isSlice(type) || this.#nals.isKept(type);
  }
}

function startsWithCode(b: Buffer, start: number, end: number): boolean {
  if (end - start < 4 || b[start] !== 0 || b[start + 1] !== 0) return false;
  return b[start + 2] === 1 || (b[start + 2] === 0 && b[start + 3] === 1);
}

/** Pictures of AV1: a frame is a temporal unit without its delimiter. */
class Av1Intake implements Intake {
  readonly codec = av1;
  readonly #options: IntakeOptions;
  readonly #units: Av1Units;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#units = new Av1Units(options.open);
  }

  get dropped(): number {
    return this.#units.dropped;
  }

  config(b: Buffer, packet: Pick<MediaUnit, 'start' | 'end'>): void {
    const format = unlessMalformed(() => av1.formatFromRecord(b.subarray(packet.start, packet.end)));
    if (format) this.describe(format);
  }

  describe(format: Format): void {
    this.#units.describe(format as Av1Format);
  }

  frame(b: Buffer, packet: MediaUnit, timestamp: number): void {
    this.#units.unit(b, packet.start, packet.end, () => this.#options.times(packet, timestamp));
  }
}

/** Sound: a frame is what the message holds. */
class SoundIntake implements Intake {
  dropped = 0;
  readonly codec: Codec;
  readonly #options: IntakeOptions;
  #writer: FrameWriter | undefined;
  #format: Format | undefined;

  constructor(codec: Codec, options: IntakeOptions) {
    this.codec = codec;
    this.#options = options;
  }

  config(b: Buffer, packet: Pick<MediaUnit, 'start' | 'end'>): void {
    const format = unlessMalformed(() => this.codec.formatFromRecord(b.subarray(packet.start, packet.end)));
    if (format) this.describe(format);
  }

  frame(b: Buffer, packet: MediaUnit, timestamp: number): void {
    const adts = this.codec === aac ? parseAdts(b, packet.start, packet.end) : undefined;
    const wrapped = adts?.frameBytes === packet.end - packet.start;
    if (!this.#writer) {
      const format = wrapped ? unlessMalformed(() => aacFormat(adts.config)) : this.#stated(packet);
      if (format) this.describe(format);
    }
    const start = packet.start + (wrapped ? adts.headerBytes : 0);
    const writer = this.#writer;
    if (!writer || start >= packet.end) return;
    writer.begin();
    writer.append(b, start, packet.end);
    const { dts, pts } = this.#options.times(packet, timestamp);
    writer.finish(dts, pts, true);
  }

  /** The format of codecs without a record is in every message. */
  #stated({ sampleRate, channels }: MediaUnit): AudioFormat | undefined {
    if (!('bytesPerSample' in this.codec)) return undefined;
    return unlessMalformed(() => pcmFormat(this.codec as PcmCodec, sampleRate, channels));
  }

  describe(format: Format): void {
    const same =
      this.#format?.codecString === format.codecString && this.#format.record.equals(format.record);
    if (same && !isPcm(format)) return;
    this.#format = format;
    this.#writer = this.#options.open(format);
  }
}
