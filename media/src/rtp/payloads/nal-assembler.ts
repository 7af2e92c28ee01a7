import { splitAnnexB } from '../../codecs/index.ts';
import { DecodeOrder, type FrameWriter } from '../../stream/index.ts';
import type { DepacketizerOptions } from '../depacketizer.ts';
import { NalScratch } from './nal-scratch.ts';
import type { ParameterSets, SetFormat } from './parameter-sets.ts';

/** What the assembler asks about the NAL units of a codec. */
export interface NalRules {
  readonly headerBytes: 1 | 2;
  typeOf(b: Buffer, start: number): number;
  isSlice(type: number): boolean;
  isKey(type: number): boolean;
  isParameterSet(type: number): boolean;
  /** Goes into frames although it is no slice. */
  isKept(type: number): boolean;
  /** The slice whose header ends at `at` is the first one of its picture. */
  isFirstSlice(b: Buffer, at: number, end: number): boolean;
}

export interface NalAssemblerOptions<F extends SetFormat>
  extends Pick<DepacketizerOptions, 'ticks' | 'open'> {
  readonly rules: NalRules;
  readonly sets: ParameterSets<F>;
  /** The format promises that frames are presented in the order they come. */
  readonly inOrder: (format: F) => boolean;
}

/** Frames a second where parameter sets declare none. */
const USUAL_RATE = 25;
/** NAL units to be searched for start codes before a camera is believed not to glue units together (quirk 39). */
const SEARCHES = 200;

/**
 * Puts the NAL units of one track together to access units: what H.264 and H.265 over RTP have in common. An
 * access unit ends at a marker behind a slice, or where the time stamp changes. One that lacks a part is
 * dropped whole; nothing else is.
 */
export class NalAssembler<F extends SetFormat> {
  dropped = 0;
  readonly #options: NalAssemblerOptions<F>;
  readonly #rules: NalRules;
  readonly #order = new DecodeOrder();
  readonly #scratch = new NalScratch();
  #writer: FrameWriter | undefined;
  #inOrder = false;
  #lastPts = Number.NEGATIVE_INFINITY;
  #timestamp = -1;
  #slices = 0;
  #key = false;
  #damaged = false;
  /** The next slice need not be the first one of its picture: packets are missing before it, or a marker came. */
  #suspect = false;
  /** A marker ended an access unit of this time stamp. */
  #marked = false;
  /** False for a camera that sets markers inside access units. */
  #markers = true;
  /** Where the fragmented NAL unit in progress goes. */
  #fragment: 'none' | 'frame' | 'scratch' | 'nowhere' = 'none';
  #searches = SEARCHES;

  constructor(options: NalAssemblerOptions<F>) {
    this.#options = options;
    this.#rules = options.rules;
    const { format } = options.sets;
    if (format) this.#use(format);
  }

  /** A packet of the access unit at `timestamp` begins; `lost`: packets are missing before it. */
  begin(timestamp: number, lost: boolean): void {
    if (lost) this.#lose();
    if (timestamp === this.#timestamp) return;
    this.#finish();
    this.#timestamp = timestamp;
    this.#marked = false;
    this.#suspect = lost;
  }

  /** The packet ends. Cameras set the marker on parameter sets too (quirk 38): only a picture ends the unit. */
  end(marker: boolean): void {
    if (!marker || !this.#markers) return;
    this.endFragment();
    if (this.#slices === 0 && !this.#damaged) return;
    this.#finish();
    this.#marked = true;
    this.#suspect = true;
  }

  /** A part of the access unit is missing or malformed: it will be dropped. */
  damage(): void {
    if (!this.#writer) return;
    this.#writer.abort();
    this.#damaged = true;
    this.#fragment = 'nowhere';
  }

  /** A NAL unit that is whole. */
  unit(b: Buffer, start: number, end: number): void {
    this.endFragment();
    const type = this.#rules.typeOf(b, start);
    if (this.#isWatched(type) && this.#isGlued(b, start, end)) {
      for (const nal of splitAnnexB(b.subarray(start, end))) {
        this.#take(nal, 0, nal.length, this.#rules.typeOf(nal, 0));
      }
    } else this.#take(b, start, end, type);
  }

  /** The first fragment of a NAL unit: its `header` as a number, and what follows it in `[start, end)`. */
  beginFragment(header: number, type: number, b: Buffer, start: number, end: number): void {
    this.endFragment();
    if (this.#isWatched(type)) {
      this.#scratch.begin(header, this.#rules.headerBytes);
      this.#fragment = 'scratch';
    } else if (this.#admit(type, b, start, end)) {
      this.#writer!.beginNal();
      if (this.#rules.headerBytes === 2) this.#writer!.appendByte(header >>> 8);
      this.#writer!.appendByte(header & 255);
      this.#fragment = 'frame';
    } else this.#fragment = 'nowhere';
    this.fragment(b, start, end);
  }

  /** A fragment; without a first one before it the access unit has a hole. */
  fragment(b: Buffer, start: number, end: number): void {
    if (this.#fragment === 'frame') this.#writer!.append(b, start, end);
    else if (this.#fragment === 'scratch') this.#scratch.append(b, start, end);
    else if (this.#fragment === 'none') this.#hole();
  }

  /** The fragmented NAL unit is whole, or the camera began another one without saying so. */
  endFragment(): void {
    const target = this.#fragment;
    this.#fragment = 'none';
    if (target === 'frame') this.#writer!.endNal();
    else if (target === 'scratch') this.unit(this.#scratch.buffer, 0, this.#scratch.length);
  }

  #take(b: Buffer, start: number, end: number, type: number): void {
    if (this.#rules.isParameterSet(type)) this.#options.sets.add(b, start, end);
    else if (this.#admit(type, b, start + this.#rules.headerBytes, end)) this.#writer!.nal(b, start, end);
  }

  /** Makes ready for a NAL unit of the frame; false when it is not to be stored. */
  #admit(type: number, b: Buffer, at: number, end: number): boolean {
    if (this.#damaged) return false;
    const slice = this.#rules.isSlice(type);
    if (slice && this.#slices === 0 && !this.#beginPicture(type, b, at, end)) return false;
    if (slice) this.#slices++;
    if (!this.#writer || !(slice || this.#rules.isKept(type))) return false;
    if (!this.#writer.open) this.#writer.begin();
    return true;
  }

  #beginPicture(type: number, b: Buffer, at: number, end: number): boolean {
    if (this.#suspect && !this.#rules.isFirstSlice(b, at, end)) {
      this.#hole();
      return false;
    }
    this.#suspect = false;
    this.#key = this.#rules.isKey(type);
    const format = this.#key || !this.#writer ? this.#options.sets.renew() : undefined;
    if (format) this.#use(format);
    return true;
  }

  /** What came is not the beginning of anything: packets are missing, or the marker before it was wrong. */
  #hole(): void {
    if (this.#marked) this.#markers = false;
    this.damage();
  }

  #use(format: F): void {
    this.#writer?.abort();
    this.#writer = this.#options.open(format);
    this.#inOrder = this.#options.inOrder(format);
    const { clockRate, declaredFrameRate = USUAL_RATE, maxReorderFrames = 0 } = format;
    this.#order.expect(maxReorderFrames, Math.round(clockRate / declaredFrameRate));
  }

  #lose(): void {
    if (this.#slices > 0 || this.#fragment !== 'none' || this.#writer?.open) this.damage();
    this.#fragment = 'none';
    this.#suspect = true;
    this.#marked = false;
  }

  #finish(): void {
    this.endFragment();
    if (this.#damaged) this.dropped++;
    else if (this.#slices === 0) {
      this.#writer?.abort();
      return;
    } else if (this.#writer) this.#publish(this.#writer);
    this.#options.sets.endUnit();
    this.#slices = 0;
    this.#key = false;
    this.#damaged = false;
    this.#fragment = 'none';
  }

  #publish(writer: FrameWriter): void {
    let pts = this.#options.ticks(this.#timestamp);
    if (pts === this.#lastPts || (this.#inOrder && pts < this.#lastPts)) pts = this.#lastPts + 1;
    this.#lastPts = pts;
    writer.finish(this.#order.dts(pts), pts, this.#key);
  }

  /** The unit has to be searched for start codes: what is not a slice always, slices for a while. */
  #isWatched(type: number): boolean {
    return this.#searches > 0 || !this.#rules.isSlice(type);
  }

  #isGlued(b: Buffer, start: number, end: number): boolean {
    const glued = startCode(b, start, end) >= 0;
    if (glued) this.#searches = Number.POSITIVE_INFINITY;
    else if (--this.#searches === 0) this.#scratch.free();
    return glued;
  }
}

/** Offset of the first 00 00 01 in `[start, end)`, -1 when there is none. */
function startCode(b: Buffer, start: number, end: number): number {
  let at = start + 2;
  while (at < end) {
    const byte = b[at]!;
    if (byte > 1) at += 3;
    else if (byte === 0) at++;
    else if (b[at - 1] === 0 && b[at - 2] === 0) return at - 2;
    else at += 3;
  }
  return -1;
}
