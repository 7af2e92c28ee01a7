import type { Frame, SoftwareScaleContext } from 'node-av/lib';
import { type Av, must } from './library.ts';

/** Brings decoded pictures into another size, planes and the limited range of levels. Calls follow one another. */
export class Scaler {
  readonly #av: Av;
  #context: SoftwareScaleContext | undefined;
  #shape = '';

  constructor(av: Av) {
    this.#av = av;
  }

  /** `to`, whose memory is there, shows afterwards what `from` shows. Throws PixelError. */
  async scale(from: Frame, to: Frame): Promise<void> {
    to.colorSpace = from.colorSpace;
    to.colorRange = this.#av.constants.AVCOL_RANGE_MPEG;
    if (this.#fits(from, to)) must(to.copy(from), 'a picture could not be copied');
    else must(await this.#contextFor(from, to).scaleFrame(to, from), 'a picture could not be scaled');
  }

  /** Idempotent. */
  free(): void {
    this.#context?.freeContext();
    this.#context = undefined;
  }

  /** It is already what is wanted. */
  #fits({ width, height, format, colorRange }: Frame, to: Frame): boolean {
    const same = width === to.width && height === to.height && format === to.format;
    return same && colorRange !== this.#av.constants.AVCOL_RANGE_JPEG;
  }

  #contextFor(from: Frame, to: Frame): SoftwareScaleContext {
    const shape = [from, to].map(({ width, height, format }) => `${width} ${height} ${format}`).join(' ');
    const full = from.colorRange === this.#av.constants.AVCOL_RANGE_JPEG;
    if (this.#context && this.#shape === `${shape} ${full}`) return this.#context;
    this.free();
    this.#shape = `${shape} ${full}`;
    const context = new this.#av.lib.SoftwareScaleContext();
    context.allocContext();
    this.#context = context;
    const options = {
      ...{ srcw: from.width, srch: from.height, src_format: Number(from.format), src_range: full ? 1 : 0 },
      ...{ dstw: to.width, dsth: to.height, dst_format: Number(to.format), dst_range: 0 },
    };
    for (const [name, value] of Object.entries(options))
      must(context.setOption(name, value), `the scaler has no ${name}`);
    must(context.setOption('sws_flags', 'fast_bilinear'), 'the scaler has no flags');
    must(context.initContext(), 'a picture cannot be scaled');
    return context;
  }
}
