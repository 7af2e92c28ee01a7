import { BitReader, MalformedError, unescapeNal, unlessMalformed } from '../../bytes/index.ts';
import { H265_NAL, h265NalType } from './nal.ts';
import { type H265Profile, readProfile, readSubLayers } from './profile.ts';
import { skipLongTermPictures, skipScalingLists, skipShortTermSets } from './references.ts';
import { type H265Vui, readH265Vui } from './vui.ts';

/** What an H.265 sequence parameter set says (ITU-T H.265 7.3.2.2). */
export interface H265Sps {
  readonly id: number;
  readonly vpsId: number;
  readonly subLayers: number;
  readonly temporalIdNesting: boolean;
  readonly profile: H265Profile;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Size inside the conformance window, in pixels. */
  readonly width: number;
  readonly height: number;
  /** sps_max_num_reorder_pics of the highest sub-layer. */
  readonly maxReorderPictures: number;
  readonly vui: H265Vui | undefined;
}

/** Largest accepted side in pixels; level 6.2 pictures are below it. */
const MAX_SIDE = 16_888;

/**
 * Parses one SPS NAL unit with its header bytes, without start code. Bytes after the SPS and whatever is broken
 * behind the picture size are tolerated; anything else wrong throws MalformedError.
 */
export function parseH265Sps(nal: Buffer): H265Sps {
  if (nal.length < 4 || h265NalType(nal, 0) !== H265_NAL.sps) throw new MalformedError('not an H.265 SPS', 0);
  const bits = new BitReader(unescapeNal(nal));
  bits.skip(16);
  const vpsId = bits.bits(4);
  const subLayers = readSubLayers(bits);
  const temporalIdNesting = bits.flag();
  const profile = readProfile(bits, subLayers);
  const id = atMost(bits, bits.ue(), 15, 'sps_seq_parameter_set_id');
  const chromaFormat = atMost(bits, bits.ue(), 3, 'chroma_format_idc');
  const separatePlanes = chromaFormat === 3 && bits.flag();
  const size = readSize(bits, separatePlanes ? 0 : chromaFormat);
  const bitDepthLuma = atMost(bits, bits.ue(), 8, 'bit_depth_luma_minus8') + 8;
  const bitDepthChroma = atMost(bits, bits.ue(), 8, 'bit_depth_chroma_minus8') + 8;
  const orderBits = atMost(bits, bits.ue(), 12, 'log2_max_pic_order_cnt_lsb_minus4') + 4;
  const maxReorderPictures = readReordering(bits, subLayers);
  return {
    id,
    vpsId,
    subLayers,
    temporalIdNesting,
    profile,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    ...size,
    maxReorderPictures,
    vui: readRest(bits, orderBits),
  };
}

function atMost(bits: BitReader, value: number, limit: number, name: string): number {
  if (value > limit) throw new MalformedError(`${name} ${value} is above ${limit}`, bits.offset);
  return value;
}

function readSize(bits: BitReader, planes: number): { width: number; height: number } {
  const codedWidth = atMost(bits, bits.ue(), MAX_SIDE, 'pic_width_in_luma_samples');
  const codedHeight = atMost(bits, bits.ue(), MAX_SIDE, 'pic_height_in_luma_samples');
  const unitX = planes === 1 || planes === 2 ? 2 : 1;
  const unitY = planes === 1 ? 2 : 1;
  const cropped = bits.flag();
  const width = codedWidth - (cropped ? unitX * (bits.ue() + bits.ue()) : 0);
  const height = codedHeight - (cropped ? unitY * (bits.ue() + bits.ue()) : 0);
  if (width <= 0 || height <= 0)
    throw new MalformedError(`picture of ${width} x ${height} pixels`, bits.offset);
  return { width, height };
}

function readReordering(bits: BitReader, subLayers: number): number {
  const rows = bits.flag() ? subLayers : 1;
  let pictures = 0;
  for (let i = 0; i < rows; i++) {
    bits.ue();
    pictures = atMost(bits, bits.ue(), 16, 'sps_max_num_reorder_pics');
    bits.ue();
  }
  return pictures;
}

/** Everything between the picture's shape and its VUI, which alone is wanted: what breaks there costs the VUI only. */
function readRest(bits: BitReader, orderBits: number): H265Vui | undefined {
  return unlessMalformed(() => {
    for (let i = 0; i < 6; i++) bits.ue();
    if (bits.flag() && bits.flag()) skipScalingLists(bits);
    bits.skip(2);
    if (bits.flag()) skipPcm(bits);
    skipShortTermSets(bits);
    skipLongTermPictures(bits, orderBits);
    bits.skip(2);
    return readH265Vui(bits);
  });
}

function skipPcm(bits: BitReader): void {
  bits.skip(8);
  bits.ue();
  bits.ue();
  bits.skip(1);
}
