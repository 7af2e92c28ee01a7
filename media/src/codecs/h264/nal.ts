/** nal_unit_type of ITU-T H.264 table 7-1, as far as carrying a stream needs them. */
export const NAL = { slice: 1, idr: 5, sei: 6, sps: 7, pps: 8, delimiter: 9, filler: 12 } as const;

const SLICE_B = 1;

/** nal_unit_type of the NAL unit whose header byte is at `start`. */
export function nalType(buffer: Buffer, start: number): number {
  return buffer[start]! & 0x1f;
}

/** An access unit with a NAL unit of this type is a key frame. */
export function isKey(type: number): boolean {
  return type === NAL.idr;
}

export function isParameterSet(type: number): boolean {
  return type === NAL.sps || type === NAL.pps;
}

/** Coded slice data, partitions included (types 1 to 5). */
export function isSlice(type: number): boolean {
  return type >= 1 && type <= 5;
}

/** first_mb_in_slice of the slice NAL unit `[start, end)`; -1 when it cannot be read. */
export function firstMbInSlice(buffer: Buffer, start: number, end: number): number {
  const at = (start + 1) * 8;
  const zeros = ueZeros(buffer, at, end * 8);
  return zeros < 0 ? -1 : ueValue(buffer, at, zeros);
}

/** slice_type modulo 5 (0 P, 1 B, 2 I, 3 SP, 4 SI) of the slice NAL unit `[start, end)`; -1 when it cannot be read. */
export function sliceType(buffer: Buffer, start: number, end: number): number {
  const first = (start + 1) * 8;
  const skipped = ueZeros(buffer, first, end * 8);
  if (skipped < 0) return -1;
  const at = first + 2 * skipped + 1;
  const zeros = ueZeros(buffer, at, end * 8);
  if (zeros < 0) return -1;
  const type = ueValue(buffer, at, zeros);
  return type > 9 ? -1 : type % 5;
}

/** The id of an SPS or PPS NAL unit: a new set with a known id replaces the old one. Undefined when unreadable. */
export function parameterSetId(nal: Buffer): number | undefined {
  const at = nalType(nal, 0) === NAL.sps ? 4 : 1;
  const zeros = ueZeros(nal, at * 8, nal.length * 8);
  return zeros < 0 ? undefined : ueValue(nal, at * 8, zeros);
}

/** True for a B slice: the stream reorders frames, so decode and presentation time differ. */
export function sliceTypeIsB(buffer: Buffer, start: number, end: number): boolean {
  return sliceType(buffer, start, end) === SLICE_B;
}

/**
 * True when the NAL unit `[start, end)` begins a new access unit, given that the one before it was a slice
 * (ITU-T H.264 7.4.1.2.3: delimiter, SPS, PPS, SEI, 14 to 18, or the first slice of a picture). The first
 * slice is known by first_mb_in_slice 0, which holds for every stream without arbitrary slice order.
 */
export function startsAccessUnit(
  buffer: Buffer,
  start: number,
  end: number,
  previousWasSlice: boolean,
): boolean {
  if (!previousWasSlice) return false;
  const type = nalType(buffer, start);
  if (type >= NAL.sei && type <= NAL.delimiter) return true;
  if (type >= 14 && type <= 18) return true;
  return (type === 1 || type === 2 || type === NAL.idr) && firstMbInSlice(buffer, start, end) === 0;
}

/**
 * Leading zeros of the ue(v) code at bit `at`; -1 when there is none. 16 zeros are beyond every picture of
 * level 6.2 that is not one huge slice, so no emulation prevention byte can lie inside what is read.
 */
function ueZeros(buffer: Buffer, at: number, end: number): number {
  for (let zeros = 0; zeros <= 16; zeros++) {
    if (at + 2 * zeros >= end) return -1;
    if (bitAt(buffer, at + zeros) === 1) return zeros;
  }
  return -1;
}

function ueValue(buffer: Buffer, at: number, zeros: number): number {
  let value = 1;
  for (let i = 1; i <= zeros; i++) value = value * 2 + bitAt(buffer, at + zeros + i);
  return value - 1;
}

function bitAt(buffer: Buffer, at: number): number {
  return (buffer[at >> 3]! >> (7 - (at & 7))) & 1;
}

/** Whether no other picture is built upon that of the slice at `start`: nal_ref_idc is 0 (ITU-T H.264 7.4.1). */
export function isDisposableSlice(buffer: Buffer, start: number): boolean {
  return (buffer[start]! & 0x60) === 0;
}
