import type { CodecContext, FilterContext, FilterGraph, Frame, Packet } from 'node-av/lib';
import { type Picture, pictureSize, pixelAspect, quantizer, type Tally } from '../backend.ts';
import { type Av, must } from './library.ts';

/** FFmpeg's lambda for one step of the quantizer (FF_QP2LAMBDA). */
const QP2LAMBDA = 118;

/**
 * JPEG knows the full range of levels only, cameras send the limited one. zimg makes one of the other at half of
 * what all the rest costs together (measured: 3.3 ms a picture of 1280x720 instead of 6.4); FFmpeg's own scaler
 * takes what zimg does not. The matrix is named on both sides because it stays as it is.
 */
const SCALERS = {
  zscale: (full: boolean) =>
    `f=bilinear:min=709:m=709:tin=709:t=709:pin=709:p=709:rin=${full ? 'full' : 'limited'}:r=full`,
  scale: () => 'flags=fast_bilinear:out_range=full',
} as const;

/** Filter graph and encoder for decoded frames of one shape. */
interface Line {
  readonly shape: string;
  readonly graph: FilterGraph;
  readonly source: FilterContext;
  readonly sink: FilterContext;
  readonly encoder: CodecContext;
  readonly width: number;
  readonly height: number;
}

/** Makes JPEGs of one width and quality. Calls follow one another; after `free` there are none. */
export class JpegEncoder {
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #wanted: { width: number | undefined; quality: number };
  readonly #scaled: Frame;
  readonly #packet: Packet;
  #line: Line | undefined;
  #scaler: keyof typeof SCALERS = 'zscale';
  #count = 0n;

  constructor(av: Av, tally: Tally, wanted: { width: number | undefined; quality: number }) {
    this.#av = av;
    this.#tally = tally;
    this.#wanted = wanted;
    this.#scaled = new av.lib.Frame();
    this.#scaled.alloc();
    this.#packet = new av.lib.Packet();
    this.#packet.alloc();
  }

  /** The frame stays the caller's. Throws PixelError. */
  async encode(frame: Frame): Promise<Picture> {
    const { width, height, encoder } = await this.#scale(frame);
    const scaled = this.#scaled;
    try {
      scaled.quality = quantizer(this.#wanted.quality) * QP2LAMBDA;
      scaled.pts = this.#count++;
      must(await encoder.sendFrame(scaled), 'a picture could not be coded');
      // It was coded when it was sent: this only hands it over.
      must(encoder.receivePacketSync(this.#packet), 'a picture could not be coded');
      const jpeg = Buffer.from(this.#packet.data ?? []);
      this.#tally.encoded++;
      return { jpeg, width, height };
    } finally {
      this.#packet.unref();
      scaled.unref();
    }
  }

  free(): void {
    this.#dropLine();
    this.#scaled.free();
    this.#packet.free();
  }

  /** Leaves the frame as it is to be coded in `#scaled`. */
  async #scale(frame: Frame): Promise<Line> {
    for (;;) {
      const line = await this.#lineFor(frame);
      const { AV_BUFFERSRC_FLAG_KEEP_REF } = this.#av.constants;
      const given = line.source.buffersrcAddFrameSync(frame, AV_BUFFERSRC_FLAG_KEEP_REF);
      const code = given < 0 ? given : await line.sink.buffersinkGetFrame(this.#scaled);
      if (code >= 0) return line;
      if (this.#scaler === 'scale') must(code, 'a picture could not be scaled');
      this.#useSlowScaler();
    }
  }

  #useSlowScaler(): void {
    this.#scaler = 'scale';
    this.#dropLine();
  }

  /** Nothing checks that a frame fits the graph it is given to, so every change makes another. */
  async #lineFor(frame: Frame): Promise<Line> {
    const { width, height, format, colorRange, colorSpace } = frame;
    const { num, den } = frame.sampleAspectRatio;
    const shape = [width, height, format, num, den, colorRange, colorSpace].join(' ');
    if (this.#line?.shape === shape) return this.#line;
    this.#dropLine();
    const size = pictureSize({ width, height }, pixelAspect({ num, den }), this.#wanted.width);
    const graph = new this.#av.lib.FilterGraph();
    graph.alloc();
    try {
      const ends = await this.#graph(graph, frame, size);
      const encoder = await this.#encoder(size);
      this.#line = { shape, graph, encoder, ...ends, ...size };
      return this.#line;
    } catch (error) {
      graph.free();
      if (this.#scaler === 'scale') throw error;
      this.#useSlowScaler();
      return this.#lineFor(frame);
    }
  }

  async #graph(
    graph: FilterGraph,
    frame: Frame,
    size: { width: number; height: number },
  ): Promise<{ source: FilterContext; sink: FilterContext }> {
    graph.nbThreads = 1;
    const make = (name: string, args?: string): FilterContext => {
      const filter = this.#av.lib.Filter.getByName(name);
      const made = filter && graph.createFilter(filter, name, args);
      must(made ? 0 : -1, `the filter ${name} is missing`);
      return made!;
    };
    const { width, height, format } = frame;
    const facts = `video_size=${width}x${height}:pix_fmt=${format}:time_base=1/1000:pixel_aspect=1/1`;
    const source = make('buffer', facts);
    const full = frame.colorRange === this.#av.constants.AVCOL_RANGE_JPEG;
    const scale = make(this.#scaler, `w=${size.width}:h=${size.height}:${SCALERS[this.#scaler](full)}`);
    const pixels = make('format', 'pix_fmts=yuv420p');
    const sink = make('buffersink');
    must(source.link(0, scale, 0), 'the filters do not fit');
    must(scale.link(0, pixels, 0), 'the filters do not fit');
    must(pixels.link(0, sink, 0), 'the filters do not fit');
    must(await graph.config(), 'the filters do not fit');
    return { source, sink };
  }

  async #encoder({ width, height }: { width: number; height: number }): Promise<CodecContext> {
    const { lib, constants } = this.#av;
    const codec = lib.Codec.findEncoder(constants.AV_CODEC_ID_MJPEG);
    const encoder = new lib.CodecContext();
    encoder.allocContext3(codec);
    try {
      encoder.width = width;
      encoder.height = height;
      encoder.pixelFormat = constants.AV_PIX_FMT_YUV420P;
      encoder.colorRange = constants.AVCOL_RANGE_JPEG;
      encoder.timeBase = new lib.Rational(1, 1000);
      encoder.threadCount = 1;
      encoder.setFlags(constants.AV_CODEC_FLAG_QSCALE);
      encoder.globalQuality = quantizer(this.#wanted.quality) * QP2LAMBDA;
      must(await encoder.open2(codec, null), 'the JPEG encoder does not open');
      return encoder;
    } catch (error) {
      encoder.freeContext();
      throw error;
    }
  }

  #dropLine(): void {
    const line = this.#line;
    this.#line = undefined;
    line?.encoder.freeContext();
    line?.graph.free();
  }
}
