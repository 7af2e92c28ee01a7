import { readFileSync } from 'node:fs';
import {
  type AacFormat,
  aacFormat,
  aacLatm,
  type Codec,
  type Format,
  formatStreamMux,
  h265Format,
  h265NalType,
  isH264,
  isH265Key,
  isH265ParameterSet,
  isParameterSet,
  mjpeg,
  mjpegFormat,
  nalType,
  parseAdts,
  splitAnnexB,
  startsH265AccessUnit,
} from '../../codecs/index.ts';
import { tsSegment } from '../../mpegts/index.ts';
import { payloadOf } from '../../rtp/index.ts';
import { frameOf, packetsOf } from '../../rtp/payloads/testing/exchange.ts';
import { fragmented, sample, single } from '../../rtp/payloads/testing/h264-units.ts';
import { loadClip } from '../camera/clip.ts';

/** One RTP payload and its marker bit. */
export interface Part {
  readonly bytes: Buffer;
  readonly marker: boolean;
}

export interface FilmFrame {
  /** NAL units, or the one access unit of sound. */
  readonly units: readonly Buffer[];
  readonly key: boolean;
  /** What a reader of the neutral stream gets of it. */
  readonly stored: Buffer;
}

/** One track of what a quirky camera shows; its frames loop at equal distances. */
export interface FilmTrack {
  readonly kind: 'video' | 'audio';
  readonly payloadType: number;
  /** Hz of RTP time, and its ticks from frame to frame. */
  readonly rate: number;
  readonly ticks: number;
  /** The `m=` line and its attributes, without control. */
  readonly sdp: readonly string[];
  readonly frames: readonly FilmFrame[];
  readonly parts: (frame: FilmFrame) => Part[];
}

export type Film = readonly FilmTrack[];

const FRAMES = 100;
const MTU = 1200;
const TS_PAYLOAD = 7 * 188;
const testdata = new URL('../../../testdata/codecs/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, testdata));
const [yard, door] = await Promise.all([loadClip('yard'), loadClip('door')]);

/** Single NAL unit packets and FU-A, the marker on the last one. */
export function h264Parts({ units }: FilmFrame): Part[] {
  return units.flatMap((unit, index) => h264UnitParts(unit, index === units.length - 1));
}

export function h264UnitParts(unit: Buffer, last: boolean): Part[] {
  const sizes = Array.from({ length: Math.ceil(unit.length / MTU) - 1 }, () => MTU);
  const packets = sizes.length > 0 ? fragmented(unit, sizes, 0, last) : [single(unit, 0, last)];
  return packets.map(({ payload, marker }) => ({ bytes: payload, marker }));
}

function h264Track(clip: typeof yard): FilmTrack {
  const sets = clip.video.frames[0]!.units.filter((unit) => isParameterSet(nalType(unit, 0)));
  const sprop = sets.map((set) => set.toString('base64')).join(',');
  return {
    kind: 'video',
    payloadType: 96,
    rate: 90_000,
    ticks: 3600,
    sdp: [
      'm=video 0 RTP/AVP 96',
      'a=rtpmap:96 H264/90000',
      `a=fmtp:96 packetization-mode=1;profile-level-id=64001F;sprop-parameter-sets=${sprop}`,
    ],
    frames: clip.video.frames.slice(0, FRAMES).map(({ units, key }) => h264Frame(units, key)),
    parts: h264Parts,
  };
}

export function h264Frame(units: readonly Buffer[], key: boolean): FilmFrame {
  return { units, key, stored: sample(units.filter((unit) => !isParameterSet(nalType(unit, 0)))) };
}

/** A track whose payloads are made by the library's own packetizer. */
export function trackOf(codec: Codec, format: Format, facts: Omit<FilmTrack, 'kind' | 'parts'>): FilmTrack {
  const packetizer = payloadOf(codec)!.packetizer(format, MTU);
  const parts = ({ stored, key }: FilmFrame) =>
    packetsOf(packetizer, frameOf(format, stored, 0, key)).map(({ payload, marker }) => ({
      bytes: payload,
      marker,
    }));
  return { kind: codec.kind, parts, ...facts };
}

export function soundFrame(unit: Buffer): FilmFrame {
  return { units: [unit], key: true, stored: unit };
}

const yardSound = yard.audio!;
const aacConfig = (format: Format) => (format as AacFormat).record.toString('hex');
const AAC_HBR = 'mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3';

export const H264: FilmTrack = h264Track(yard);
export const inTransportStream = (): FilmTrack => transportTrack(H264, yard.video.format);
/** The picture inside a transport stream, seven packets in each payload (RFC 2250 2), tables before every picture. */
function transportTrack(track: FilmTrack, format: Format): FilmTrack {
  if (!isH264(format)) throw new TypeError('only H.264 is filmed so');
  let dts = 0;
  const parts = ({ stored, key }: FilmFrame): Part[] => {
    const sample = { dts, pts: dts, key, data: stored };
    dts += track.ticks;
    const packets = tsSegment({ video: { format, samples: [sample] } });
    const count = Math.ceil(packets.length / TS_PAYLOAD);
    return Array.from({ length: count }, (_, at) => ({
      bytes: packets.subarray(at * TS_PAYLOAD, (at + 1) * TS_PAYLOAD),
      marker: false,
    }));
  };
  return { ...track, payloadType: 33, sdp: ['m=video 0 RTP/AVP 33'], parts };
}

/** The same size and rate, other pictures. */
export const OTHER_H264: FilmTrack = h264Track(door);

export const AAC: FilmTrack = trackOf(yardSound.format.codec, yardSound.format, {
  payloadType: 97,
  rate: 48_000,
  ticks: 1024,
  sdp: [
    'm=audio 0 RTP/AVP 97',
    'a=rtpmap:97 MPEG4-GENERIC/48000/1',
    `a=fmtp:97 ${AAC_HBR};config=${aacConfig(yardSound.format)}`,
  ],
  frames: yardSound.frames.slice(0, FRAMES).map(({ units }) => soundFrame(units[0]!)),
});

export const FILM: Film = [H264, AAC];

function adtsUnits(name: string): { format: AacFormat; units: Buffer[]; whole: Buffer[] } {
  const bytes = read(name);
  const [units, whole]: [Buffer[], Buffer[]] = [[], []];
  for (let at = 0; at < bytes.length; ) {
    const header = parseAdts(bytes, at, bytes.length)!;
    units.push(bytes.subarray(at + header.headerBytes, at + header.frameBytes));
    whole.push(bytes.subarray(at, at + header.frameBytes));
    at += header.frameBytes;
  }
  return { format: aacFormat(parseAdts(bytes, 0, bytes.length)!.config), units, whole };
}

const tone = adtsUnits('tone.aac');
const toneFacts = { payloadType: 97, rate: 16_000, ticks: 1024, frames: tone.units.map(soundFrame) };

export const AAC_16K: FilmTrack = trackOf(tone.format.codec, tone.format, {
  ...toneFacts,
  sdp: [
    'm=audio 0 RTP/AVP 97',
    'a=rtpmap:97 MPEG4-GENERIC/16000',
    `a=fmtp:97 ${AAC_HBR};config=${aacConfig(tone.format)}`,
  ],
});

/** The access units with their ADTS headers, as some cameras put them into RTP. */
export const ADTS_UNITS: readonly Buffer[] = tone.whole;

export const LATM: FilmTrack = trackOf(aacLatm, tone.format, {
  ...toneFacts,
  sdp: [
    'm=audio 0 RTP/AVP 97',
    'a=rtpmap:97 MP4A-LATM/16000',
    `a=fmtp:97 cpresent=0;config=${formatStreamMux(tone.format.record).toString('hex')}`,
  ],
});

function h265Frames(): FilmFrame[] {
  const frames: { units: Buffer[]; key: boolean }[] = [];
  let slice = true;
  for (const nal of splitAnnexB(read('resize.h265'))) {
    if (startsH265AccessUnit(nal, 0, nal.length, slice)) frames.push({ units: [], key: false });
    const type = h265NalType(nal, 0);
    slice = type < 32;
    frames.at(-1)!.key ||= isH265Key(type);
    frames.at(-1)!.units.push(nal);
  }
  const stored = (units: readonly Buffer[]) =>
    sample(units.filter((nal) => h265NalType(nal, 0) < 32 || [39, 40].includes(h265NalType(nal, 0))));
  // The file holds two sequences of five frames.
  return frames.slice(0, 5).map((frame) => ({ ...frame, stored: stored(frame.units) }));
}

const h265 = h265Frames();
const h265Sets = h265[0]!.units.filter((nal) => isH265ParameterSet(h265NalType(nal, 0)));
const hevc = h265Format(h265Sets.slice(0, 3));

export const H265: FilmTrack = trackOf(hevc.codec, hevc, {
  payloadType: 96,
  rate: 90_000,
  ticks: 3600,
  sdp: ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H265/90000', 'a=fmtp:96 profile-id=1'],
  frames: h265,
});

const jpeg = mjpegFormat(160, 120);
export const MJPEG: FilmTrack = trackOf(mjpeg, jpeg, {
  payloadType: 26,
  rate: 90_000,
  ticks: 3600,
  sdp: ['m=video 0 RTP/AVP 26'],
  frames: [read('q30.jpg')].map((picture) => ({ units: [picture], key: true, stored: picture })),
});
