import type { SoundTarget, Unit } from '@nightjar/contract/vision';
import { type AudioFormat, parseAdts } from '@nightjar/media/codecs';
import { PixelError, type Session, type SoundSink, type Tally } from '../backend.ts';
import { SoundClock } from '../sound-clock.ts';
import { MASK, SOUND_TARGETS, sourceSamples } from '../sound-target.ts';
import { Child } from './child.ts';
import { audioElementary, type Elementary } from './elementary.ts';
import { OggReader } from './ogg.ts';

/** One `ffmpeg` that codes sound anew; another one each time the source jumps. */
export class CommandSound implements Session {
  readonly #program: string;
  readonly #tally: Tally;
  readonly #format: AudioFormat;
  readonly #target: SoundTarget;
  readonly #sink: SoundSink;
  readonly #clock: SoundClock;
  #child: Child | undefined;
  #elementary: Elementary | undefined;
  #over = false;
  #chain: Promise<void> = Promise.resolve();

  constructor(program: string, tally: Tally, format: AudioFormat, target: SoundTarget, sink: SoundSink) {
    this.#program = program;
    this.#tally = tally;
    this.#format = format;
    this.#target = target;
    this.#sink = sink;
    const { delay } = SOUND_TARGETS[target.codec];
    this.#clock = new SoundClock(format.clockRate, target.sampleRate, delay);
  }

  push(unit: Unit): Promise<void> {
    this.#chain = this.#chain
      .then(() => (this.#over ? undefined : this.#push(unit)))
      .catch((error: unknown) => {
        if (!(error instanceof PixelError)) throw error;
        this.#fail(error.message);
      });
    return this.#chain;
  }

  close(): Promise<void> {
    this.#chain = this.#chain.then(() => {
      this.#over = true;
      return this.#endChild();
    });
    return this.#chain;
  }

  async #push(unit: Unit): Promise<void> {
    if (this.#clock.begins(unit.time, sourceSamples(this.#format, unit.data))) {
      await this.#endChild();
      this.#begin();
    }
    this.#tally.decoded++;
    await this.#child!.write(...this.#elementary!.write(unit.data));
  }

  #begin(): void {
    this.#elementary = audioElementary(this.#format);
    const { codec, sampleRate, channels, masked } = this.#target;
    const { encoder, bitRate, options } = SOUND_TARGETS[codec];
    const shape = codec === 'opus' ? OPUS : ADTS;
    const read = this.#reader();
    const current = new Child({
      program: this.#program,
      args: [
        ...this.#elementary.args,
        ...['-probesize', '32', '-analyzeduration', '0', '-i', 'pipe:0', '-vn'],
        ...(masked ? ['-af', MASK.map((filter) => filter.join('=')).join(',')] : []),
        ...['-c:a', encoder, '-b:a', String(bitRate * channels), '-ar', String(sampleRate)],
        ...[
          '-ac',
          String(channels),
          ...Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]),
        ],
        ...[...shape, '-flush_packets', '1', 'pipe:1'],
      ],
      onOutput: (bytes) => {
        if (this.#child === current) read(bytes);
      },
      onEnd: ({ words }) => {
        if (this.#child === current) this.#fail(words.split('\n').at(-1) || 'ffmpeg ended');
      },
    });
    this.#child = current;
    this.#tally.decoders++;
  }

  #reader(): (bytes: Buffer) => void {
    if (this.#target.codec === 'aac') return adtsReader((data) => this.#give(data));
    let headers = 2;
    const ogg = new OggReader((data) => {
      if (headers > 0) headers--;
      else this.#give(data);
    });
    return (bytes) => ogg.take(bytes);
  }

  #give(data: Buffer): void {
    if (this.#over) return;
    this.#tally.encoded++;
    this.#sink.sound(data, this.#clock.next(SOUND_TARGETS[this.#target.codec].frameSamples));
  }

  async #endChild(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    this.#tally.decoders--;
    await child.kill();
  }

  #fail(message: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink.failed(message);
    void this.#endChild();
  }
}

/** A page for each packet, or they come in lumps of a second. */
const OPUS = ['-f', 'ogg', '-page_duration', '1'];
const ADTS = ['-f', 'adts'];

function adtsReader(give: (data: Buffer) => void): (bytes: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (bytes) => {
    pending = Buffer.concat([pending, bytes]);
    for (;;) {
      const header = parseAdts(pending, 0, pending.length);
      if (!header || pending.length < header.frameBytes) return;
      give(Buffer.from(pending.subarray(header.headerBytes, header.frameBytes)));
      pending = pending.subarray(header.frameBytes);
    }
  };
}
