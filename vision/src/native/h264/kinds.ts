import { H264_QUALITY, rateLimit, x264Quality } from '../../h264-target.ts';
import type { Av } from '../library.ts';

/** A coder of H.264 as FFmpeg names it. */
export type KindName = 'libx264' | 'h264_nvenc' | 'h264_qsv' | 'h264_vaapi';

/** How one coder is used: no picture is held back, a picture that is to be a key frame is an IDR. */
export interface Kind {
  readonly name: KindName;
  /** Files of `/dev` without one of which it cannot work. */
  readonly devices: RegExp | undefined;
  /** How it takes pictures: planes in memory, chroma interleaved, or surfaces of the device. */
  readonly takes: 'yuv420p' | 'nv12' | 'surface';
  readonly options: (bitrate: number | undefined) => Record<string, string>;
}

const limited = (bitrate: number | undefined): Record<string, string> =>
  bitrate === undefined ? {} : rateLimit(bitrate);
const { level } = H264_QUALITY;

/** The one that is in the library itself. */
export const SOFTWARE: Kind = {
  name: 'libx264',
  devices: undefined,
  takes: 'yuv420p',
  options: (bitrate) => ({ ...x264Quality(bitrate), 'forced-idr': '1' }),
};

/** Those of devices, in the order in which they are tried; options are FFmpeg's. */
export const HARDWARE: readonly Kind[] = [
  {
    name: 'h264_nvenc',
    devices: /^nvidia\d+$/,
    takes: 'yuv420p',
    options: (bitrate) => ({
      ...{ preset: 'p1', tune: 'ull', rc: 'vbr', cq: level, zerolatency: '1', delay: '0', surfaces: '2' },
      ...{ 'forced-idr': '1', bf: '0', ...limited(bitrate) },
    }),
  },
  {
    name: 'h264_qsv',
    devices: /^dri\/renderD\d+$/,
    takes: 'nv12',
    options: (bitrate) => ({
      ...{ preset: 'veryfast', async_depth: '1', look_ahead: '0', forced_idr: '1', bf: '0' },
      ...(bitrate === undefined ? { global_quality: level } : { b: String(bitrate), ...limited(bitrate) }),
    }),
  },
  {
    name: 'h264_vaapi',
    devices: /^dri\/renderD\d+$/,
    takes: 'surface',
    options: (bitrate) => ({
      ...{ async_depth: '1', bf: '0' },
      ...(bitrate === undefined
        ? { rc_mode: 'CQP', qp: level }
        : { rc_mode: 'VBR', b: String(bitrate), ...limited(bitrate) }),
    }),
  },
];

export const kindOf = (name: string): Kind | undefined =>
  [SOFTWARE, ...HARDWARE].find((kind) => kind.name === name);

/** FFmpeg's coder of a kind; null where the library is built without it. */
export function codecOf({ lib }: Av, { name }: Kind): ReturnType<Av['lib']['Codec']['findEncoderByName']> {
  return lib.Codec.findEncoderByName(name as Parameters<typeof lib.Codec.findEncoderByName>[0]);
}
