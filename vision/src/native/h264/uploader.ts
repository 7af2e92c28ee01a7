import type { CodecContext, Frame, HardwareDeviceContext, HardwareFramesContext } from 'node-av/lib';
import { type Av, must } from '../library.ts';
import { Scaler } from '../scaler.ts';
import type { Kind } from './kinds.ts';

/** Surfaces that a coder works on at once. */
const SURFACES = 4;

/** Brings pictures where a coder takes them. Calls follow one another; after `free` there are none. */
export class Uploader {
  readonly #av: Av;
  readonly #kind: Kind;
  readonly #interleaver: Scaler;
  /** A picture with its chroma interleaved. */
  #interleaved: Frame | undefined;
  #device: HardwareDeviceContext | undefined;
  #frames: HardwareFramesContext | undefined;

  constructor(av: Av, kind: Kind) {
    this.#av = av;
    this.#kind = kind;
    this.#interleaver = new Scaler(av);
  }

  /** Says to a coder that is not open yet how pictures will come. Throws PixelError. */
  prepare(context: CodecContext, size: { width: number; height: number }): void {
    const { constants, lib } = this.#av;
    const { takes } = this.#kind;
    context.pixelFormat = takes === 'yuv420p' ? constants.AV_PIX_FMT_YUV420P : constants.AV_PIX_FMT_NV12;
    if (takes !== 'surface') return;
    this.#device = new lib.HardwareDeviceContext();
    must(this.#device.create(constants.AV_HWDEVICE_TYPE_VAAPI), 'the device does not open');
    const frames = new lib.HardwareFramesContext();
    frames.alloc(this.#device);
    this.#frames = frames;
    frames.format = constants.AV_PIX_FMT_VAAPI;
    frames.swFormat = constants.AV_PIX_FMT_NV12;
    frames.width = size.width;
    frames.height = size.height;
    frames.initialPoolSize = SURFACES;
    must(frames.init(), 'the device has no surfaces');
    context.pixelFormat = constants.AV_PIX_FMT_VAAPI;
    context.hwFramesCtx = frames;
  }

  /** The picture as the coder takes it, for as long as `use` runs. Throws PixelError. */
  async bring(frame: Frame, use: (frame: Frame) => Promise<void>): Promise<void> {
    if (this.#kind.takes === 'yuv420p') return use(frame);
    const interleaved = this.#room(frame);
    await this.#interleaver.scale(frame, interleaved);
    if (!this.#frames) return use(interleaved);
    const surface = new this.#av.lib.Frame();
    surface.alloc();
    try {
      must(this.#frames.getBuffer(surface), 'the device has no surface left');
      must(await this.#frames.transferData(surface, interleaved), 'a picture did not reach the device');
      await use(surface);
    } finally {
      surface.free();
    }
  }

  free(): void {
    this.#interleaver.free();
    this.#interleaved?.free();
    this.#frames?.free();
    this.#device?.free();
  }

  #room({ width, height }: Frame): Frame {
    if (!this.#interleaved) {
      const made = new this.#av.lib.Frame();
      made.alloc();
      this.#interleaved = made;
      made.width = width;
      made.height = height;
      made.format = this.#av.constants.AV_PIX_FMT_NV12;
      must(made.getBuffer(), 'out of memory');
    }
    // A coder may still read what it was given before.
    must(this.#interleaved.makeWritable(), 'out of memory');
    return this.#interleaved;
  }
}
