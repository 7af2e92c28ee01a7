/** What a media message is, as a stream needs it. */
export type PacketKind = 'config' | 'frame' | 'other';

/**
 * The head of an audio or video message, read into fixed fields that the next one overwrites. The codec is named
 * by number or, in Enhanced RTMP, by four characters.
 */
export class FlvPacket {
  kind: PacketKind = 'other';
  /** CodecID or SoundFormat; -1 where `fourCc` names the codec. */
  id = -1;
  /** The four characters as one number; 0 where `id` names the codec. */
  fourCc = 0;
  key = false;
  /** Milliseconds from decoding to showing. */
  offset = 0;
  /** Sound: hertz and channels that the head states for codecs without a record. */
  sampleRate = 0;
  channels = 0;
  /** Where the record, or the frame's bytes, begin and end. */
  start = 0;
  end = 0;
}

/** The number of four characters. */
export function fourCcOf(text: string): number {
  return Buffer.from(text, 'latin1').readUInt32BE(0);
}

const AVC = 7;
const HEVC = 12;
const AAC = 10;
const ENHANCED_AUDIO = 9;
const KEY_FRAME = 1;
/** Seek and command frames carry no picture (E.4.3.1). */
const COMMAND_FRAME = 5;
const RATES = [5500, 11_025, 22_050, 44_100];
/** SoundFormats whose rate is 8 kHz whatever the bits say: G.711 A and mu. */
const G711: ReadonlySet<number> = new Set([7, 8]);

/** Packet types of Enhanced RTMP; those of sound that exist have the numbers of video's. */
const EX = { start: 0, frames: 1, end: 2, framesWithoutOffset: 3, multitrack: 5, modifier: 7 } as const;
/** Codecs whose pictures come in another order than they are shown. */
export const WITH_OFFSET: ReadonlySet<number> = new Set([fourCcOf('avc1'), fourCcOf('hvc1')]);
/** Modifiers that may stand before a packet type; more are nonsense. */
const MAX_MODIFIERS = 8;

/** Reads the head of a video message `[start, end)` into `out`; `other` is whatever carries no picture of ours. */
export function readVideoHead(b: Buffer, start: number, end: number, out: FlvPacket): void {
  out.kind = 'other';
  out.offset = 0;
  out.end = end;
  if (start >= end) return;
  const first = b[start]!;
  const frameType = (first >> 4) & 7;
  out.key = frameType === KEY_FRAME;
  if (first & 0x80) {
    if (frameType !== COMMAND_FRAME) readEnhanced(b, start + 1, first & 15, out);
    return;
  }
  out.id = first & 15;
  out.fourCc = 0;
  if (out.id !== AVC && out.id !== HEVC) {
    // Of codecs that nobody carries any more; whoever reads it says so.
    if (frameType !== COMMAND_FRAME) out.kind = 'frame';
    out.start = start + 1;
    return;
  }
  if (end - start < 5) return;
  out.start = start + 5;
  out.offset = signed24(b, start + 2);
  const type = b[start + 1]!;
  if (type === 0) out.kind = 'config';
  else if (type === 1 && frameType !== COMMAND_FRAME) out.kind = 'frame';
}

/** Reads the head of an audio message `[start, end)` into `out`. */
export function readAudioHead(b: Buffer, start: number, end: number, out: FlvPacket): void {
  out.kind = 'other';
  out.offset = 0;
  out.key = true;
  out.end = end;
  if (start >= end) return;
  const first = b[start]!;
  if (first >> 4 === ENHANCED_AUDIO) {
    readEnhanced(b, start + 1, first & 15, out);
    return;
  }
  out.id = first >> 4;
  out.fourCc = 0;
  out.sampleRate = G711.has(out.id) ? 8000 : RATES[(first >> 2) & 3]!;
  out.channels = (first & 1) + 1;
  out.start = start + 1;
  if (out.id !== AAC) {
    out.kind = 'frame';
    return;
  }
  if (end - start < 2) return;
  out.start = start + 2;
  out.kind = b[start + 1] === 0 ? 'config' : 'frame';
}

/** Enhanced RTMP v2: modifiers, then perhaps several tracks, of which the first one is ours. */
function readEnhanced(b: Buffer, from: number, firstType: number, out: FlvPacket): void {
  let at = from;
  let type = firstType;
  for (let i = 0; type === EX.modifier; i++) {
    if (i >= MAX_MODIFIERS || at + 3 > out.end) return;
    const short = b[at]! + 1;
    const bytes = short === 256 ? b.readUInt16BE(at + 1) + 1 : short;
    at += (short === 256 ? 3 : 1) + bytes;
    if (at >= out.end) return;
    type = b[at]! & 15;
    at++;
  }
  if (type === EX.multitrack) readFirstTrack(b, at, out);
  else if (at + 4 <= out.end) readBody(b, at + 4, type, b.readUInt32BE(at), out);
}

/** A multitrack body (AvMultitrackType): one track, many of one codec, many of many. */
function readFirstTrack(b: Buffer, at: number, out: FlvPacket): void {
  if (at + 9 > out.end) return;
  const many = b[at]! >> 4;
  const type = b[at]! & 15;
  const fourCc = b.readUInt32BE(at + 1);
  if (many > 2 || b[at + 5] !== 0) return;
  if (many > 0) out.end = Math.min(out.end, at + 9 + b.readUIntBE(at + 6, 3));
  readBody(b, many > 0 ? at + 9 : at + 6, type, fourCc, out);
}

function readBody(b: Buffer, at: number, type: number, fourCc: number, out: FlvPacket): void {
  out.id = -1;
  out.fourCc = fourCc;
  out.start = at;
  if (type === EX.start) out.kind = 'config';
  else if (type === EX.framesWithoutOffset) out.kind = 'frame';
  else if (type === EX.frames && WITH_OFFSET.has(fourCc)) {
    if (at + 3 > out.end) return;
    out.offset = signed24(b, at);
    out.start = at + 3;
    out.kind = 'frame';
  } else if (type === EX.frames) out.kind = 'frame';
}

function signed24(b: Buffer, at: number): number {
  return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8)) >> 8;
}
