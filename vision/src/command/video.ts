import type { Unit, VideoTarget } from '@nightjar/contract/vision';
import type { VideoFormat } from '@nightjar/media/codecs';
import { type CodedSink, PixelError, pictureSize, type Session, type Tally } from '../backend.ts';
import { KEY_SECONDS } from '../h264-target.ts';
import { Child } from './child.ts';
import { CodedUnits, encoderArgs } from './coded-units.ts';
import { type Elementary, videoElementary } from './elementary.ts';

/** Frames a decoder holds back to reorder them, and those in pipes. */
const MAX_HELD_BACK = 600;
const INPUT = ['-flags', 'low_delay', '-probesize', '32', '-analyzeduration', '0'];
/** What `ffmpeg` takes a bare stream to have. */
const ASSUMED_FPS = 25;

/** One `ffmpeg` that decodes, scales and codes anew; each picture that goes in comes out. */
export class CommandVideo implements Session {
  readonly #tally: Tally;
  readonly #sink: CodedSink;
  /** Units without a picture yet, by time. */
  readonly #waiting: Unit[] = [];
  #elementary: Elementary | undefined;
  #child: Child | undefined;
  #over = false;

  constructor(
    program: string,
    tally: Tally,
    { format, target, sink }: { format: VideoFormat; target: VideoTarget; sink: CodedSink },
  ) {
    this.#tally = tally;
    this.#sink = sink;
    this.#tally.decoders++;
    this.#begin(program, format, target);
  }

  async push(unit: Unit): Promise<void> {
    if (this.#over) return;
    const behind = this.#waiting.findLastIndex(({ time }) => time <= unit.time);
    this.#waiting.splice(behind + 1, 0, unit);
    // What was damaged has no picture: it must not be waited for.
    if (this.#waiting.length > MAX_HELD_BACK) this.#waiting.shift();
    await this.#child?.write(...(this.#elementary?.write(unit.data) ?? []));
  }

  async close(): Promise<void> {
    if (!this.#over) this.#tally.decoders--;
    this.#over = true;
    await this.#child?.kill();
  }

  #begin(program: string, format: VideoFormat, target: VideoTarget): void {
    try {
      this.#elementary = videoElementary(format);
    } catch (error) {
      if (!(error instanceof PixelError)) throw error;
      // The session is not known yet to whoever opens it.
      setImmediate(() => this.#fail(error.message));
      return;
    }
    const { pixelAspect } = format;
    const aspect = pixelAspect ? pixelAspect.width / pixelAspect.height : 1;
    const { width, height } = pictureSize(format, aspect, target.width);
    const scale = `scale=${width}:${height}:flags=fast_bilinear:out_range=limited,format=yuv420p,setsar=1`;
    const coded = new CodedUnits((data, key) => this.#give(data, key));
    this.#child = new Child({
      program,
      onEnd: ({ words }) => this.#fail(words.split('\n').at(-1) || 'ffmpeg ended'),
      args: [
        ...[...this.#elementary.args, ...INPUT, '-i', 'pipe:0', '-an', '-vf', scale, '-vsync', 'passthrough'],
        ...encoderArgs(KEY_SECONDS * ASSUMED_FPS, target.bitrate),
        ...['-flush_packets', '1', '-f', 'h264', 'pipe:1'],
      ],
      onOutput: (bytes) => coded.take(bytes),
    });
  }

  #give(data: Buffer, key: boolean): void {
    const unit = this.#waiting.shift();
    if (!unit || this.#over) return;
    this.#tally.decoded++;
    this.#tally.encoded++;
    if (unit.show) this.#sink.coded({ data, key, time: unit.time, arrival: unit.arrival });
  }

  #fail(message: string): void {
    if (this.#over) return;
    this.#sink.failed(message);
    void this.close();
  }
}
