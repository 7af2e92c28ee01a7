import { ByteWriter, MalformedError, unlessMalformed } from '../bytes/index.ts';
import type { Codec, Format, SdpFacts, VideoFormat } from './codec.ts';
import { NAL, nalType } from './h264/nal.ts';
import { parseSps, type Sps } from './h264/sps.ts';
import { checkSetSize, readSetList, splitAnnexB } from './nal-units.ts';

/** An H.264 track: parameter sets as NAL units with header byte, without start code or length. */
export interface H264Format extends VideoFormat {
  /** The first SPS is the one that decides size and codec string. */
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
  /** Every SPS, then every PPS: what goes in-band in front of a key frame. */
  readonly parameterSets: readonly Buffer[];
  /** Frames the decoder must hold back to reorder; 0 promises no B-frames, undefined promises nothing. */
  readonly maxReorderFrames: number | undefined;
}

const CLOCK_RATE = 90_000;
const MAX_SPS = 31;
const MAX_PPS = 255;
/** Profiles whose `avcC` ends with chroma format and bit depths (ISO/IEC 14496-15 5.3.3.1.2). */
const AVCC_EXTENDED = new Set([100, 110, 122, 144, 244]);

/** H.264 / AVC: RFC 6184 on the wire, `avc1` with `avcC` in MP4. */
export const h264: Codec = {
  name: 'h264',
  kind: 'video',
  mp4: { sampleEntry: 'avc1', recordBox: 'avcC' },
  browser: true,
  rtp: { encodingName: 'H264', payloadType: 96 },
  mpegts: 0x1b,
  flv: { id: 7, fourCc: 'avc1' },
  formatFromRecord: h264FormatFromRecord,
  formatFromSdp,
  fmtp,
};

/** Narrows a format to H.264. */
export function isH264(format: Format): format is H264Format {
  return format.codec === h264;
}

/**
 * The format of parameter sets seen in-band or in a description; the first SPS decides. Start codes in front,
 * zeros behind and sets glued together are taken apart, and the bytes copied. Throws MalformedError when a
 * set is missing or the SPS unusable.
 */
export function h264Format(spsList: readonly Buffer[], ppsList: readonly Buffer[]): H264Format {
  const nals = [...spsList, ...ppsList].flatMap(splitAnnexB).map((nal) => Buffer.from(nal));
  const spsNals = nals.filter((nal) => nalType(nal, 0) === NAL.sps);
  const ppsNals = nals.filter((nal) => nalType(nal, 0) === NAL.pps);
  const first = spsNals[0];
  if (!first || spsNals.length > MAX_SPS) throw new MalformedError(`${spsNals.length} SPS`, 0);
  if (ppsNals.length === 0 || ppsNals.length > MAX_PPS) throw new MalformedError(`${ppsNals.length} PPS`, 0);
  for (const nal of [...spsNals, ...ppsNals]) checkSetSize(nal);
  const sps = parseSps(first);
  return {
    codec: h264,
    clockRate: CLOCK_RATE,
    codecString: `avc1.${first.toString('hex', 1, 4).toUpperCase()}`,
    record: writeAvcc(sps, spsNals, ppsNals),
    width: sps.width,
    height: sps.height,
    ...optionalFacts(sps),
    sps: spsNals,
    pps: ppsNals,
    parameterSets: [...spsNals, ...ppsNals],
    maxReorderFrames: sps.vui?.maxReorderFrames ?? (sps.profile === 66 ? 0 : undefined),
  };
}

function optionalFacts(sps: Sps): Pick<VideoFormat, 'declaredFrameRate' | 'pixelAspect'> {
  const { frameRate, pixelAspect } = sps.vui ?? {};
  return {
    ...(frameRate === undefined ? {} : { declaredFrameRate: frameRate }),
    ...(pixelAspect && pixelAspect.width !== pixelAspect.height ? { pixelAspect } : {}),
  };
}

/** AVCDecoderConfigurationRecord with 4-byte lengths (ISO/IEC 14496-15 5.3.3.1.2). */
function writeAvcc(sps: Sps, spsNals: readonly Buffer[], ppsNals: readonly Buffer[]): Buffer {
  const out = new ByteWriter();
  out.u8(1).u8(sps.profile).u8(sps.constraints).u8(sps.level).u8(0xff);
  out.u8(0xe0 | spsNals.length);
  for (const nal of spsNals) out.u16(nal.length).bytes(nal);
  out.u8(ppsNals.length);
  for (const nal of ppsNals) out.u16(nal.length).bytes(nal);
  if (AVCC_EXTENDED.has(sps.profile)) {
    out.u8(0xfc | sps.chromaFormat);
    out.u8(0xf8 | (sps.bitDepthLuma - 8));
    out.u8(0xf8 | (sps.bitDepthChroma - 8));
    out.u8(0);
  }
  return out.finish();
}

/**
 * The parameter sets of an `avcC` and the bytes of each NAL length in its samples (ours are always 4); the
 * chroma extension is not needed and its absence forgiven. Throws MalformedError.
 */
export function readAvcc(record: Buffer): { lengthSize: number; sps: Buffer[]; pps: Buffer[] } {
  if (record.length < 7 || record[0] !== 1) throw new MalformedError('not an avcC record', 0);
  const sps = readSetList(record, 6, record[5]! & 0x1f);
  const pps = readSetList(record, sps.end + 1, record[sps.end]!);
  return { lengthSize: (record[4]! & 3) + 1, sps: sps.nals, pps: pps.nals };
}

function h264FormatFromRecord(record: Buffer): H264Format {
  const { sps, pps } = readAvcc(record);
  return h264Format(sps, pps);
}

/**
 * RFC 6184 8.1. Cameras send sprop-parameter-sets that are absent, incomplete, not Base64 or of the wrong
 * stream, and profile-level-ids that contradict them: only sets that parse count, the rest waits for in-band.
 */
function formatFromSdp(media: SdpFacts): H264Format | undefined {
  const nals = (media.fmtp.get('sprop-parameter-sets') ?? '')
    .split(',')
    .flatMap((text) => splitAnnexB(Buffer.from(text.trim(), 'base64')));
  return unlessMalformed(() => h264Format(nals, []));
}

function fmtp(format: Format): string {
  if (!isH264(format)) throw new TypeError(`${format.codecString} is not H.264`);
  const sets = format.parameterSets.map((nal) => nal.toString('base64')).join(',');
  const profileLevelId = format.record.toString('hex', 1, 4).toUpperCase();
  return `packetization-mode=1; profile-level-id=${profileLevelId}; sprop-parameter-sets=${sets}`;
}
