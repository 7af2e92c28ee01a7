import type { FilterContext, FilterGraph, Frame } from 'node-av/lib';
import { type Av, must } from './library.ts';

interface Line {
  readonly shape: string;
  readonly graph: FilterGraph;
  readonly source: FilterContext;
  readonly sink: FilterContext;
}

/** How colours are made of samples: ITU-T H.273 table 4, by FFmpeg's names for its filter. */
const MATRICES: Readonly<Record<number, string>> = {
  1: 'bt709',
  4: 'fcc',
  5: 'bt601',
  6: 'bt601',
  9: 'bt2020',
};

/** Makes YUV 4:2:0 pictures of one size of decoded frames, writable; chroma in planes of its own or interleaved. Calls follow one another. */
export class Scaler {
  readonly #av: Av;
  readonly #scaled: Frame;
  readonly #made: 'yuv420p' | 'nv12';
  #line: Line | undefined;

  constructor(av: Av, made: 'yuv420p' | 'nv12' = 'yuv420p') {
    this.#av = av;
    this.#made = made;
    this.#scaled = new av.lib.Frame();
    this.#scaled.alloc();
  }

  /** `use` may write into the frame it is given, and must not keep it. Throws PixelError. */
  async scale(
    frame: Frame,
    size: { width: number; height: number },
    use: (scaled: Frame) => Promise<void>,
  ): Promise<void> {
    const scaled = this.#scaled;
    if (this.#fits(frame, size)) must(scaled.ref(frame), 'a picture could not be copied');
    else await this.#make(frame, size, scaled);
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

  /** It is already what is wanted. */
  #fits({ width, height, format, colorRange }: Frame, size: { width: number; height: number }): boolean {
    const { AV_PIX_FMT_YUV420P, AVCOL_RANGE_JPEG } = this.#av.constants;
    const plain =
      format === AV_PIX_FMT_YUV420P && colorRange !== AVCOL_RANGE_JPEG && this.#made === 'yuv420p';
    return plain && width === size.width && height === size.height;
  }

  async #make(frame: Frame, size: { width: number; height: number }, scaled: Frame): Promise<void> {
    const { source, sink } = await this.#lineFor(frame, size);
    const { AV_BUFFERSRC_FLAG_KEEP_REF } = this.#av.constants;
    must(source.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_KEEP_REF), 'a picture could not be scaled');
    must(await sink.buffersinkGetFrame(scaled), 'a picture could not be scaled');
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
    { width, height, format, colorRange, colorSpace }: Frame,
    size: { width: number; height: number },
  ): Promise<Pick<Line, 'source' | 'sink'>> {
    graph.nbThreads = 1;
    const make = (name: string, args?: string): FilterContext => {
      const filter = this.#av.lib.Filter.getByName(name);
      const made = filter && graph.createFilter(filter, name, args);
      must(made ? 0 : -1, `the filter ${name} is missing`);
      return made!;
    };
    const name = MATRICES[colorSpace];
    // Left to itself the filter makes another matrix of it, which takes three times as long as scaling.
    const matrix = name ? `:in_color_matrix=${name}:out_color_matrix=${name}` : '';
    const range = colorRange === this.#av.constants.AVCOL_RANGE_JPEG ? 'full' : 'limited';
    const steps = [
      make('buffer', `video_size=${width}x${height}:pix_fmt=${format}:time_base=1/1000:pixel_aspect=1/1`),
      make(
        'scale',
        `w=${size.width}:h=${size.height}:flags=fast_bilinear:in_range=${range}:out_range=limited${matrix}`,
      ),
      make('format', `pix_fmts=${this.#made}`),
      make('buffersink'),
    ];
    for (let i = 1; i < steps.length; i++)
      must(steps[i - 1]!.link(0, steps[i]!, 0), 'the filters do not fit');
    must(await graph.config(), 'the filters do not fit');
    return { source: steps[0]!, sink: steps.at(-1)! };
  }
}
