import { BitReader, MalformedError, unescapeNal } from '../../bytes/index.ts';
import { readVui, type Vui } from './vui.ts';

/** What an H.264 sequence parameter set says (ITU-T H.264 7.3.2.1.1). */
export interface Sps {
  readonly id: number;
  readonly profile: number;
  /** constraint_set0_flag … as one byte, first flag in the top bit. */
  readonly constraints: number;
  readonly level: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly log2MaxFrameNum: number;
  readonly pictureOrderType: number;
  readonly maxReferenceFrames: number;
  /** False: fields or macroblock-adaptive frame/field coding may occur. */
  readonly frameMbsOnly: boolean;
  /** Cropped size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly vui: Vui | undefined;
}

/** Profiles whose SPS has the chroma and scaling fields (ITU-T H.264 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** Largest accepted side in pixels; level 6.2 pictures are below it. */
const MAX_SIDE = 16_384;

interface Chroma {
  readonly format: number;
  readonly separatePlanes: boolean;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
}

/**
 * Parses one SPS NAL unit with its header byte, without start code. Bytes after the SPS and a broken VUI
 * are tolerated, as cameras send both; anything else wrong throws MalformedError.
 */
export function parseSps(nal: Buffer): Sps {
  if (nal.length < 4 || (nal[0]! & 0x9f) !== 7) throw new MalformedError('not an H.264 SPS', 0);
  const bits = new BitReader(unescapeNal(nal));
  bits.skip(8);
  const profile = bits.bits(8);
  const constraints = bits.bits(8);
  const level = bits.bits(8);
  const id = atMost(bits, bits.ue(), 31, 'seq_parameter_set_id');
  const chroma = readChroma(bits, profile);
  const log2MaxFrameNum = atMost(bits, bits.ue(), 12, 'log2_max_frame_num_minus4') + 4;
  const pictureOrderType = readPictureOrder(bits);
  const maxReferenceFrames = atMost(bits, bits.ue(), 16, 'max_num_ref_frames');
  bits.skip(1);
  const size = readSize(bits, chroma);
  return {
    id,
    profile,
    constraints,
    level,
    chromaFormat: chroma.format,
    bitDepthLuma: chroma.bitDepthLuma,
    bitDepthChroma: chroma.bitDepthChroma,
    log2MaxFrameNum,
    pictureOrderType,
    maxReferenceFrames,
    ...size,
    vui: readVui(bits),
  };
}

function atMost(bits: BitReader, value: number, limit: number, name: string): number {
  if (value > limit) throw new MalformedError(`${name} ${value} is above ${limit}`, bits.offset);
  return value;
}

function readChroma(bits: BitReader, profile: number): Chroma {
  if (!HIGH_PROFILES.has(profile)) {
    return { format: 1, separatePlanes: false, bitDepthLuma: 8, bitDepthChroma: 8 };
  }
  const format = atMost(bits, bits.ue(), 3, 'chroma_format_idc');
  const separatePlanes = format === 3 && bits.flag();
  const bitDepthLuma = atMost(bits, bits.ue(), 6, 'bit_depth_luma_minus8') + 8;
  const bitDepthChroma = atMost(bits, bits.ue(), 6, 'bit_depth_chroma_minus8') + 8;
  bits.skip(1);
  if (bits.flag()) {
    const lists = format === 3 ? 12 : 8;
    for (let i = 0; i < lists; i++) if (bits.flag()) skipScalingList(bits, i < 6 ? 16 : 64);
  }
  return { format, separatePlanes, bitDepthLuma, bitDepthChroma };
}

/** ITU-T H.264 7.3.2.1.1.1. */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size && next !== 0; i++) {
    const delta = bits.se();
    if (delta < -128 || delta > 127)
      throw new MalformedError(`delta_scale ${delta} out of range`, bits.offset);
    next = (last + delta + 256) % 256;
    if (next !== 0) last = next;
  }
}

function readPictureOrder(bits: BitReader): number {
  const type = atMost(bits, bits.ue(), 2, 'pic_order_cnt_type');
  if (type === 0) atMost(bits, bits.ue(), 12, 'log2_max_pic_order_cnt_lsb_minus4');
  if (type === 1) {
    bits.skip(1);
    bits.se();
    bits.se();
    const cycle = atMost(bits, bits.ue(), 255, 'num_ref_frames_in_pic_order_cnt_cycle');
    for (let i = 0; i < cycle; i++) bits.se();
  }
  return type;
}

function readSize(bits: BitReader, chroma: Chroma): { frameMbsOnly: boolean; width: number; height: number } {
  const codedWidth = (atMost(bits, bits.ue(), MAX_SIDE / 16 - 1, 'pic_width_in_mbs_minus1') + 1) * 16;
  const mapUnits = atMost(bits, bits.ue(), MAX_SIDE / 16 - 1, 'pic_height_in_map_units_minus1') + 1;
  const frameMbsOnly = bits.flag();
  if (!frameMbsOnly) bits.skip(1);
  bits.skip(1);
  const fields = frameMbsOnly ? 1 : 2;
  const codedHeight = mapUnits * 16 * fields;
  if (!bits.flag()) return { frameMbsOnly, width: codedWidth, height: codedHeight };
  const planes = chroma.separatePlanes ? 0 : chroma.format;
  const unitX = planes === 1 || planes === 2 ? 2 : 1;
  const unitY = (planes === 1 ? 2 : 1) * fields;
  const width = codedWidth - unitX * (bits.ue() + bits.ue());
  const height = codedHeight - unitY * (bits.ue() + bits.ue());
  if (width <= 0 || height <= 0) throw new MalformedError('cropping leaves no picture', bits.offset);
  return { frameMbsOnly, width, height };
}
