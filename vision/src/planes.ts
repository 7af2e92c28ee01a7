/** One plane of 8-bit samples; rows are `stride` bytes apart. */
export interface Plane {
  readonly data: Uint8Array;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/** A picture as YUV 4:2:0. */
export interface Picture420 {
  readonly width: number;
  readonly height: number;
  readonly y: Plane;
  readonly u: Plane;
  readonly v: Plane;
}

/** `[x0, x1)` by `[y0, y1)` in samples of a plane. */
export interface Rectangle {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Bytes of a {@link packedPicture}. */
export const packedSize = (width: number, height: number): number =>
  width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);

/** A picture that lies in one buffer, planes one after another without gaps (FFmpeg's yuv420p). */
export function packedPicture(data: Uint8Array, width: number, height: number): Picture420 {
  const [half, low] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const luma = width * height;
  const chroma = half * low;
  const plane = (at: number, w: number, h: number): Plane => ({
    data: data.subarray(at, at + w * h),
    stride: w,
    width: w,
    height: h,
  });
  return {
    width,
    height,
    y: plane(0, width, height),
    u: plane(luma, half, low),
    v: plane(luma + chroma, half, low),
  };
}
