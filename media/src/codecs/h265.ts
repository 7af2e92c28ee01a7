import { MalformedError, unlessMalformed } from '../bytes/index.ts';
import type { Codec, Format, SdpFacts, VideoFormat } from './codec.ts';
import { H265_NAL, h265NalType } from './h265/nal.ts';
import { profileString } from './h265/profile.ts';
import { readHvcc, writeHvcc } from './h265/record.ts';
import { type H265Sps, parseH265Sps } from './h265/sps.ts';
import { vpsFrameRate } from './h265/vps.ts';
import { checkSetSize, splitAnnexB } from './nal-units.ts';

/** An H.265 track: parameter sets as NAL units with header bytes, without start code or length. */
export interface H265Format extends VideoFormat {
  readonly vps: readonly Buffer[];
  /** The first SPS is the one that decides size and codec string. */
  readonly sps: readonly Buffer[];
  readonly pps: readonly Buffer[];
  /** Every VPS, SPS, then PPS: what goes in-band in front of a key frame. */
  readonly parameterSets: readonly Buffer[];
  /** Frames the decoder must hold back to reorder; 0 promises no B-frames. */
  readonly maxReorderFrames: number;
}

const CLOCK_RATE = 90_000;
const MAX_SETS = 64;

/** H.265 / HEVC: RFC 7798 on the wire, `hvc1` with `hvcC` in MP4, the only form Safari plays. */
export const h265: Codec = {
  name: 'h265',
  kind: 'video',
  mp4: { sampleEntry: 'hvc1', recordBox: 'hvcC' },
  browser: true,
  rtp: { encodingName: 'H265', payloadType: 98 },
  mpegts: 0x24,
  flv: { habit: 12, fourCc: 'hvc1' },
  formatFromRecord: (record) => h265Format(readHvcc(record).sets),
  formatFromSdp,
  fmtp,
};

/** Narrows a format to H.265. */
export function isH265(format: Format): format is H265Format {
  return format.codec === h265;
}

/**
 * The format of parameter sets seen in-band or in a description, in any order; the first SPS decides. Start
 * codes in front, zeros behind and sets glued together are taken apart, and the bytes copied. Throws
 * MalformedError when a set is missing or the SPS unusable.
 */
export function h265Format(sets: readonly Buffer[]): H265Format {
  const nals = sets.flatMap(splitAnnexB).map((nal) => Buffer.from(nal));
  const vps = ofType(nals, H265_NAL.vps);
  const sps = ofType(nals, H265_NAL.sps);
  const pps = ofType(nals, H265_NAL.pps);
  const arrays = new Map([
    [H265_NAL.vps, vps],
    [H265_NAL.sps, sps],
    [H265_NAL.pps, pps],
  ]);
  for (const [type, list] of arrays) {
    if (list.length === 0 || list.length > MAX_SETS)
      throw new MalformedError(`${list.length} parameter sets of type ${type}`, 0);
    for (const nal of list) checkSetSize(nal);
  }
  const first = parseH265Sps(sps[0]!);
  return {
    codec: h265,
    clockRate: CLOCK_RATE,
    codecString: `hvc1.${profileString(first.profile)}`,
    record: writeHvcc(first, arrays),
    width: first.width,
    height: first.height,
    ...optionalFacts(first, vps[0]!),
    vps,
    sps,
    pps,
    parameterSets: [...vps, ...sps, ...pps],
    maxReorderFrames: first.maxReorderPictures,
  };
}

function ofType(nals: readonly Buffer[], type: number): Buffer[] {
  return nals.filter((nal) => nal.length > 1 && h265NalType(nal, 0) === type);
}

function optionalFacts(sps: H265Sps, vps: Buffer): Pick<VideoFormat, 'declaredFrameRate' | 'pixelAspect'> {
  const { pixelAspect } = sps.vui ?? {};
  const frameRate = sps.vui?.frameRate ?? vpsFrameRate(vps);
  return {
    ...(frameRate === undefined ? {} : { declaredFrameRate: frameRate }),
    ...(pixelAspect && pixelAspect.width !== pixelAspect.height ? { pixelAspect } : {}),
  };
}

/**
 * RFC 7798 7.1. Cameras send sprop parameters that are absent, incomplete, not Base64 or of the wrong stream:
 * only sets that parse count, the rest waits for in-band.
 */
function formatFromSdp(media: SdpFacts): H265Format | undefined {
  const lists = ['sprop-vps', 'sprop-sps', 'sprop-pps'].map((name) => media.fmtp.get(name) ?? '');
  const sets = lists.flatMap((list) => list.split(',')).map((text) => Buffer.from(text.trim(), 'base64'));
  return unlessMalformed(() => h265Format(sets));
}

function fmtp(format: Format): string {
  if (!isH265(format)) throw new TypeError(`${format.codecString} is not H.265`);
  const { profile } = parseH265Sps(format.sps[0]!);
  const base64 = (sets: readonly Buffer[]) => sets.map((nal) => nal.toString('base64')).join(',');
  return [
    `profile-space=${profile.space}`,
    `profile-id=${profile.idc}`,
    `tier-flag=${profile.highTier ? 1 : 0}`,
    `level-id=${profile.level}`,
    `sprop-vps=${base64(format.vps)}`,
    `sprop-sps=${base64(format.sps)}`,
    `sprop-pps=${base64(format.pps)}`,
  ].join('; ');
}
