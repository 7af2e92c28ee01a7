import type { Frame } from 'node-av/lib';
import { PixelError } from '../backend.ts';
import type { Picture420, Plane } from '../planes.ts';
import { type Av, must } from './library.ts';

/** Pictures kept for the next ones at most: those that wait to be decided on come back one by one. */
const MAX_KEPT = 4;

/** A YUV 4:2:0 picture in memory of ours, which nobody else reads or writes. */
export interface OwnPicture {
  readonly frame: Frame;
  /** Its samples, valid for as long as it is. */
  readonly samples: Picture420;
}

/**
 * Pictures of our own, used again and again: asking FFmpeg for the memory of each one costs page faults, and Node's
 * views of it collections of its whole heap.
 */
export class OwnPictures {
  readonly #av: Av;
  #kept: OwnPicture[] = [];
  #freed = false;

  constructor(av: Av) {
    this.#av = av;
  }

  /** One of this size with whatever is in it. Throws PixelError. */
  take({ width, height }: { width: number; height: number }): OwnPicture {
    const fits = ({ frame }: OwnPicture): boolean => frame.width === width && frame.height === height;
    for (let kept = this.#kept.pop(); kept; kept = this.#kept.pop()) {
      if (fits(kept)) return kept;
      kept.frame.free();
    }
    return this.#make(width, height);
  }

  /** It is not used any more. */
  give(own: OwnPicture): void {
    // A coder of a device may still read it.
    if (this.#freed || this.#kept.length === MAX_KEPT || !own.frame.isWritable) own.frame.free();
    else this.#kept.push(own);
  }

  /** Idempotent; what is given afterwards is freed. */
  free(): void {
    this.#freed = true;
    for (const { frame } of this.#kept.splice(0)) frame.free();
  }

  #make(width: number, height: number): OwnPicture {
    const { lib, constants } = this.#av;
    const frame = new lib.Frame();
    frame.alloc();
    try {
      frame.width = width;
      frame.height = height;
      frame.format = constants.AV_PIX_FMT_YUV420P;
      must(frame.getBuffer(), 'out of memory');
      return { frame, samples: samplesOf(frame) };
    } catch (error) {
      frame.free();
      throw error;
    }
  }
}

function samplesOf({ width, height, linesize, data }: Frame): Picture420 {
  if (!data || data.length < 3) throw new PixelError('a picture without planes');
  const [half, low] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const plane = (index: number, w: number, h: number): Plane => ({
    data: data[index]!,
    stride: linesize[index]!,
    width: w,
    height: h,
  });
  return { width, height, y: plane(0, width, height), u: plane(1, half, low), v: plane(2, half, low) };
}
