/** nal_unit_type of ITU-T H.265 table 7-1, as far as carrying a stream needs them. */
export const H265_NAL = {
  blaFirst: 16,
  idr: 19,
  cra: 21,
  vps: 32,
  sps: 33,
  pps: 34,
  delimiter: 35,
  prefixSei: 39,
  suffixSei: 40,
} as const;

/** nal_unit_type of the NAL unit whose two header bytes begin at `start`. */
export function h265NalType(buffer: Buffer, start: number): number {
  return (buffer[start]! >> 1) & 0x3f;
}

/** nuh_layer_id; above 0 lie the enhancement layers that a plain decoder ignores. */
export function h265LayerId(buffer: Buffer, start: number): number {
  return ((buffer[start]! & 1) << 5) | (buffer[start + 1]! >> 3);
}

/** An intra random access point: a decoder can start at this picture (ITU-T H.265 3.69). */
export function isH265Key(type: number): boolean {
  return type >= H265_NAL.blaFirst && type <= H265_NAL.cra;
}

/** A coded slice segment of a type that is in use; TRAIL_N, which is 0, among them. */
export function isH265Slice(type: number): boolean {
  return type <= 9 || isH265Key(type);
}

export function isH265ParameterSet(type: number): boolean {
  return type >= H265_NAL.vps && type <= H265_NAL.pps;
}

/** first_slice_segment_in_pic_flag of the slice NAL unit `[start, end)`. */
export function isFirstH265Slice(buffer: Buffer, start: number, end: number): boolean {
  return start + 2 < end && buffer[start + 2]! > 127;
}

/**
 * True when the NAL unit `[start, end)` begins a new access unit, given that the one so far has a slice
 * (ITU-T H.265 7.4.2.4.4: delimiter, parameter set, prefix SEI, 41 to 44, 48 to 55, or a picture's first slice).
 */
export function startsH265AccessUnit(buffer: Buffer, start: number, end: number, hasSlice: boolean): boolean {
  if (!hasSlice || h265LayerId(buffer, start) > 0) return false;
  const type = h265NalType(buffer, start);
  if (isH265Slice(type)) return isFirstH265Slice(buffer, start, end);
  if (type >= H265_NAL.vps && type <= H265_NAL.delimiter) return true;
  return type === H265_NAL.prefixSei || (type >= 41 && type <= 44) || (type >= 48 && type <= 55);
}
