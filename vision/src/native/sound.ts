import type { SoundTarget, Unit } from '@nightjar/contract/vision';
import type { AudioFormat } from '@nightjar/media/codecs';
import type { CodecContext, FilterContext, FilterGraph, Frame, Packet } from 'node-av/lib';
import { PixelError, type Session, type SoundSink, type Tally } from '../backend.ts';
import { SoundClock } from '../sound-clock.ts';
import { MASK, SOUND_TARGETS, sourceSamples } from '../sound-target.ts';
import { Decoder } from './decoder.ts';
import { type Av, must } from './library.ts';
import { Steps } from './steps.ts';

interface Line {
  readonly shape: string;
  readonly graph: FilterGraph;
  readonly source: FilterContext;
  readonly sink: FilterContext;
}

/** Decodes, resamples, cuts into the target's frames and codes them. */
export class NativeSound implements Session {
  readonly #av: Av;
  readonly #tally: Tally;
  readonly #format: AudioFormat;
  readonly #target: SoundTarget;
  readonly #sink: SoundSink;
  readonly #steps: Steps;
  readonly #frame: Frame;
  readonly #packet: Packet;
  #clock: SoundClock | undefined;
  #decoder: Decoder | undefined;
  #encoder: CodecContext | undefined;
  #line: Line | undefined;

  constructor(av: Av, tally: Tally, format: AudioFormat, target: SoundTarget, sink: SoundSink) {
    this.#av = av;
    this.#tally = tally;
    this.#format = format;
    this.#target = target;
    this.#sink = sink;
    this.#frame = new av.lib.Frame();
    this.#frame.alloc();
    this.#packet = new av.lib.Packet();
    this.#packet.alloc();
    this.#steps = new Steps({ free: () => this.#free(), failed: (message) => sink.failed(message) });
    void this.#steps.add(async () => {
      this.#decoder = await Decoder.open(av, tally, format);
    });
  }

  push(unit: Unit): Promise<void> {
    return this.#steps.add(async () => {
      this.#clock ??= this.#newClock();
      if (this.#clock.begins(unit.time, sourceSamples(this.#format, unit.data))) this.#dropLine();
      await this.#decoder?.decode(unit.data, 0, (frame) => this.#recode(frame));
    });
  }

  close(): Promise<void> {
    return this.#steps.close();
  }

  #newClock(): SoundClock {
    const { delay } = SOUND_TARGETS[this.#target.codec];
    return new SoundClock(this.#format.clockRate, this.#target.sampleRate, delay);
  }

  async #recode(frame: Frame): Promise<void> {
    const { source, sink } = await this.#lineFor(frame);
    this.#encoder ??= await this.#newEncoder();
    const encoder = this.#encoder;
    const { AV_BUFFERSRC_FLAG_KEEP_REF } = this.#av.constants;
    // Times are counted by the clock; the filters only need that they do not go back.
    frame.pts = this.#av.constants.AV_NOPTS_VALUE;
    must(await source.buffersrcAddFrame(frame, AV_BUFFERSRC_FLAG_KEEP_REF), 'sound could not be resampled');
    const cut = this.#frame;
    while ((await sink.buffersinkGetFrame(cut)) >= 0) {
      cut.pts = this.#av.constants.AV_NOPTS_VALUE;
      const code = await encoder.sendFrame(cut);
      cut.unref();
      must(code, 'sound could not be coded');
      await this.#take(encoder);
    }
  }

  async #take(encoder: CodecContext): Promise<void> {
    const { frameSamples } = SOUND_TARGETS[this.#target.codec];
    while ((await encoder.receivePacket(this.#packet)) >= 0) {
      const data = Buffer.from(this.#packet.data ?? []);
      this.#packet.unref();
      this.#tally.encoded++;
      this.#sink.sound(data, this.#clock!.next(frameSamples));
    }
  }

  async #lineFor(frame: Frame): Promise<Line> {
    const shape = [frame.sampleRate, frame.format, frame.channels].join(' ');
    if (this.#line?.shape === shape) return this.#line;
    this.#dropLine();
    const graph = new this.#av.lib.FilterGraph();
    graph.alloc();
    try {
      this.#line = { shape, graph, ...(await this.#graph(graph, frame)) };
      return this.#line;
    } catch (error) {
      graph.free();
      throw error;
    }
  }

  async #graph(graph: FilterGraph, frame: Frame): Promise<{ source: FilterContext; sink: FilterContext }> {
    const { sampleRate, channels, codec, masked } = this.#target;
    const { sampleFormat, frameSamples } = SOUND_TARGETS[codec];
    const make = (name: string, args?: string): FilterContext => {
      const filter = this.#av.lib.Filter.getByName(name);
      const made = filter && graph.createFilter(filter, name, args);
      must(made ? 0 : -1, `the filter ${name} is missing`);
      return made!;
    };
    graph.nbThreads = 1;
    const facts = `time_base=1/${frame.sampleRate}:sample_rate=${frame.sampleRate}:sample_fmt=${frame.format}`;
    const steps = [
      make('abuffer', `${facts}:channel_layout=${frame.channels}c`),
      ...(masked ? MASK : []).map(([name, args]) => make(name, args)),
      make('aresample', String(sampleRate)),
      make(
        'aformat',
        `sample_fmts=${sampleFormat}:sample_rates=${sampleRate}:channel_layouts=${layout(channels)}`,
      ),
      make('asetnsamples', `n=${frameSamples}:p=0`),
      make('abuffersink'),
    ];
    for (let i = 1; i < steps.length; i++)
      must(steps[i - 1]!.link(0, steps[i]!, 0), 'the filters do not fit');
    must(await graph.config(), 'the filters do not fit');
    return { source: steps[0]!, sink: steps.at(-1)! };
  }

  async #newEncoder(): Promise<CodecContext> {
    const { lib, constants } = this.#av;
    const { encoder: name, sampleFormat, bitRate, options } = SOUND_TARGETS[this.#target.codec];
    const codec = lib.Codec.findEncoderByName(name as Parameters<typeof lib.Codec.findEncoderByName>[0]);
    if (!codec) throw new PixelError(`no encoder for ${this.#target.codec}`);
    const encoder = new lib.CodecContext();
    encoder.allocContext3(codec);
    const dictionary = lib.Dictionary.fromObject(options);
    try {
      encoder.sampleRate = this.#target.sampleRate;
      encoder.sampleFormat =
        sampleFormat === 's16' ? constants.AV_SAMPLE_FMT_S16 : constants.AV_SAMPLE_FMT_FLTP;
      encoder.channelLayout =
        this.#target.channels === 1 ? constants.AV_CHANNEL_LAYOUT_MONO : constants.AV_CHANNEL_LAYOUT_STEREO;
      encoder.bitRate = BigInt(bitRate * this.#target.channels);
      encoder.timeBase = new lib.Rational(1, this.#target.sampleRate);
      encoder.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER);
      must(await encoder.open2(codec, dictionary), `the encoder of ${this.#target.codec} does not open`);
      return encoder;
    } catch (error) {
      encoder.freeContext();
      throw error;
    } finally {
      dictionary.free();
    }
  }

  /** The encoder goes as well: the source jumped, and what it holds belongs to the time before. */
  #dropLine(): void {
    this.#line?.graph.free();
    this.#line = undefined;
    this.#encoder?.freeContext();
    this.#encoder = undefined;
  }

  #free(): void {
    this.#dropLine();
    this.#decoder?.free();
    this.#decoder = undefined;
    this.#frame.free();
    this.#packet.free();
  }
}

const layout = (channels: number): string => (channels === 1 ? 'mono' : 'stereo');
