import { aac } from './aac.ts';
import { aacLatm } from './aac-latm.ts';
import { av1 } from './av1.ts';
import type { Codec } from './codec.ts';
import { h264 } from './h264.ts';
import { h265 } from './h265.ts';
import { mjpeg } from './mjpeg.ts';
import { opus } from './opus.ts';
import { pcma, pcmu } from './pcm/g711.ts';
import { g722 } from './pcm/g722.ts';
import { l16 } from './pcm/l16.ts';

export { type AdtsHeader, adtsHeader, parseAdts } from './aac/adts.ts';
export { type AacConfig, formatAudioConfig, lowComplexity, parseAudioConfig } from './aac/config.ts';
export { type AacFormat, aac, aacFormat, isAac } from './aac.ts';
export {
  isCarriedObu,
  isKeyFrameObu,
  leb128,
  OBU,
  type Obu,
  obuHead,
  obuHeaderBytes,
  obuType,
  readLeb128,
  splitObus,
} from './av1/obu.ts';
export { type Av1Format, av1, av1Format, isAv1 } from './av1.ts';
export type { AudioFormat, Codec, FlvName, Format, SampleEntry, SdpFacts, VideoFormat } from './codec.ts';
export {
  firstMbInSlice,
  isDisposableSlice,
  isKey,
  isParameterSet,
  isSlice,
  NAL,
  nalType,
  parameterSetId,
  sliceType,
  sliceTypeIsB,
  startsAccessUnit,
} from './h264/nal.ts';
export { mergeParameterSets } from './h264/sets.ts';
export { parseSps, type Sps } from './h264/sps.ts';
export { type H264Format, h264, h264Format, isH264, readAvcc } from './h264.ts';
export {
  H265_NAL,
  h265LayerId,
  h265NalType,
  isFirstH265Slice,
  isH265Key,
  isH265ParameterSet,
  isH265Slice,
  startsH265AccessUnit,
} from './h265/nal.ts';
export { readHvcc } from './h265/record.ts';
export { h265ParameterSetId, mergeH265ParameterSets } from './h265/sets.ts';
export { type H265Sps, parseH265Sps } from './h265/sps.ts';
export { type H265Format, h265, h265Format, isH265 } from './h265.ts';
export { splitAnnexB } from './nal-units.ts';

/** Every codec the platform carries. */
export const codecs: readonly Codec[] = [h264, h265, av1, mjpeg, aac, opus, pcmu, pcma, g722, l16];

/** Codecs by what rtpmap calls them; AAC has two ways on the wire. */
const onTheWire: readonly Codec[] = [...codecs, aacLatm];

/** The codec of an SDP `rtpmap` encoding name, in any case; undefined when we carry none of that name. */
export function codecByRtpName(encodingName: string): Codec | undefined {
  const name = encodingName.toUpperCase();
  return onTheWire.find((codec) => codec.rtp.encodingName.toUpperCase() === name);
}

export { formatStreamMux, parseStreamMux, readStreamMux, type StreamMux } from './aac/latm.ts';
export { aacLatm } from './aac-latm.ts';
export { type JpegFacts, jpegHeader } from './mjpeg/header.ts';
export { type JpegPicture, readJpeg } from './mjpeg/picture.ts';
export { quantizers } from './mjpeg/tables.ts';
export { isMjpeg, mjpeg, mjpegFormat } from './mjpeg.ts';
export { isOpus, opus, opusFormat, opusSamples } from './opus.ts';
export { pcma, pcmu } from './pcm/g711.ts';
export { g722, g722Format } from './pcm/g722.ts';
export { l16 } from './pcm/l16.ts';
export { isPcm, type PcmCodec, type PcmFormat, pcmFormat } from './pcm/pcm.ts';
export { sameFormat } from './same-format.ts';
