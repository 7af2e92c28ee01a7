import type { FilterContext, FilterGraph, Frame } from 'node-av/lib';
import { type Av, must } from './library.ts';

interface Line {
  readonly shape: string;
  readonly graph: FilterGraph;
  readonly source: FilterContext;
  readonly sink: FilterContext;
}

/** Makes YUV 4:2:0 pictures of one size of decoded frames, writable. Calls follow one another. */
export class Scaler {
  readonly #av: Av;
  readonly #scaled: Frame;
  #line: Line | undefined;

  constructor(av: Av) {
    this.#av = av;
    this.#scaled = new av.lib.Frame();
    this.#scaled.alloc();
  }

  /** `use` may write into the frame it is given, and must not keep it. Throws PixelError. */
  async scale(
    frame: Frame,
    size: { width: number; height: number },
    use: (scaled: Frame) => Promise<void>,
  ): Promise<void> {
    const { source, sink } = await this.#lineFor(frame, size);
    const { AV_BUFFERSRC_FLAG_KEEP_REF } = this.#av.constants;
    const scaled = this.#scaled;
    must(source.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_KEEP_REF), 'a picture could not be scaled');
    must(await sink.buffersinkGetFrame(scaled), 'a picture could not be scaled');
    try {
      // A frame that was not scaled is still the decoder's reference for the next ones.
      must(scaled.makeWritable(), 'a picture could not be copied');
      await use(scaled);
    } finally {
      scaled.unref();
    }
  }

  free(): void {
    this.#line?.graph.free();
    this.#line = undefined;
    this.#scaled.free();
  }

  /** Nothing checks that a frame fits the graph it is given to, so every change makes another. */
  async #lineFor(frame: Frame, size: { width: number; height: number }): Promise<Line> {
    const { width, height, format, colorRange, colorSpace } = frame;
    const shape = [width, height, format, colorRange, colorSpace, size.width, size.height].join(' ');
    if (this.#line?.shape === shape) return this.#line;
    this.#line?.graph.free();
    this.#line = undefined;
    const graph = new this.#av.lib.FilterGraph();
    graph.alloc();
    try {
      this.#line = { shape, graph, ...(await this.#graph(graph, frame, size)) };
      return this.#line;
    } catch (error) {
      graph.free();
      throw error;
    }
  }

  async #graph(
    graph: FilterGraph,
    { width, height, format, colorRange }: Frame,
    size: { width: number; height: number },
  ): Promise<Pick<Line, 'source' | 'sink'>> {
    graph.nbThreads = 1;
    const make = (name: string, args?: string): FilterContext => {
      const filter = this.#av.lib.Filter.getByName(name);
      const made = filter && graph.createFilter(filter, name, args);
      must(made ? 0 : -1, `the filter ${name} is missing`);
      return made!;
    };
    const range = colorRange === this.#av.constants.AVCOL_RANGE_JPEG ? 'full' : 'limited';
    const steps = [
      make('buffer', `video_size=${width}x${height}:pix_fmt=${format}:time_base=1/1000:pixel_aspect=1/1`),
      make(
        'scale',
        `w=${size.width}:h=${size.height}:flags=fast_bilinear:in_range=${range}:out_range=limited`,
      ),
      make('format', 'pix_fmts=yuv420p'),
      make('buffersink'),
    ];
    for (let i = 1; i < steps.length; i++)
      must(steps[i - 1]!.link(0, steps[i]!, 0), 'the filters do not fit');
    must(await graph.config(), 'the filters do not fit');
    return { source: steps[0]!, sink: steps.at(-1)! };
  }
}
