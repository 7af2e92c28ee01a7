import { unlessMalformed } from '../bytes/index.ts';
import {
  type Codec,
  H265_NAL,
  h264,
  h265,
  h265NalType,
  h265ParameterSetId,
  isH265Key,
  isH265ParameterSet,
  isH265Slice,
  isKey,
  isParameterSet,
  isSlice,
  mergeH265ParameterSets,
  mergeParameterSets,
  NAL,
  nalType,
  parameterSetId,
  parseH265Sps,
  parseSps,
  readAvcc,
  readHvcc,
} from '../codecs/index.ts';
import { ParameterSets, type SetFormat } from '../rtp/index.ts';

/** What the pictures of a codec made of NAL units need to be taken apart. */
export interface NalCodec {
  readonly headerBytes: number;
  typeOf(b: Buffer, at: number): number;
  isSlice(type: number): boolean;
  isKey(type: number): boolean;
  isParameterSet(type: number): boolean;
  /** Goes into frames although it is no slice. */
  isKept(type: number): boolean;
  /** Bytes of the lengths in front of NAL units, as a record states them. Throws MalformedError. */
  lengthSize(record: Buffer): number;
  /** The parameter sets of a track whose format is this, or not known yet. */
  sets(format: SetFormat | undefined): ParameterSets<SetFormat>;
}

const ofH264: NalCodec = {
  headerBytes: 1,
  typeOf: nalType,
  isSlice,
  isKey,
  isParameterSet,
  isKept: (type) => type === NAL.sei,
  lengthSize: (record) => readAvcc(record).lengthSize,
  sets: (format) =>
    new ParameterSets<SetFormat>({
      format,
      readable: (set) =>
        nalType(set, 0) === NAL.sps ? parses(parseSps, set) : parameterSetId(set) !== undefined,
      merge: mergeParameterSets as Merge,
    }),
};

const ofH265: NalCodec = {
  headerBytes: 2,
  typeOf: h265NalType,
  isSlice: isH265Slice,
  isKey: isH265Key,
  isParameterSet: isH265ParameterSet,
  isKept: (type) => type === H265_NAL.prefixSei || type === H265_NAL.suffixSei,
  lengthSize: (record) => readHvcc(record).lengthSize,
  sets: (format) =>
    new ParameterSets<SetFormat>({
      format,
      readable: (set) =>
        h265NalType(set, 0) === H265_NAL.sps
          ? parses(parseH265Sps, set)
          : h265ParameterSetId(set) !== undefined,
      merge: mergeH265ParameterSets as Merge,
    }),
};

/** A track's sets are of one codec: what is merged is what that codec's merge made. */
type Merge = (current: SetFormat | undefined, fresh: readonly Buffer[]) => SetFormat | undefined;

const NAL_CODECS: ReadonlyMap<Codec, NalCodec> = new Map([
  [h264, ofH264],
  [h265, ofH265],
]);

/** Undefined for codecs whose pictures are no NAL units. */
export const nalCodecOf = (codec: Codec): NalCodec | undefined => NAL_CODECS.get(codec);

const parses = (parse: (set: Buffer) => object, set: Buffer): boolean =>
  unlessMalformed(() => parse(set)) !== undefined;
