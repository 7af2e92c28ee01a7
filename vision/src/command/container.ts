import { type Container, type ContainerSink, PixelError } from '../backend.ts';
import { Child } from './child.ts';

/** Containers that FFmpeg may take bytes for; none of them names files or addresses to be opened. */
const FORMATS = ['avi', 'matroska', 'webm', 'mov', 'flv', 'mpeg', 'mpegts', 'asf', 'ogg', 'nut', 'mjpeg'];
const SOUNDS = ['mp3', 'aac', 'wav', 'flac', 'ac3'];
const INPUT = [
  ...['-protocol_whitelist', 'pipe', '-format_whitelist', [...FORMATS, ...SOUNDS].join(',')],
  ...['-probesize', '4M', '-analyzeduration', '3M', '-fflags', '+genpts', '-i', 'pipe:0'],
  ...['-map', '0:v:0?', '-map', '0:a:0?'],
];
/** What a transport stream carries and everybody further on takes; everything else is coded anew. */
const CARRIED = { video: new Set(['h264', 'hevc']), audio: new Set(['aac']) };
const CODED = {
  video: ['libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-g', '50', '-pix_fmt', 'yuv420p'],
  audio: ['aac', '-b:a', '96k', '-ac', '2'],
};
/** Bytes within which a container must say what is in it. */
const MAX_HEAD = 8 * 1024 * 1024;
/** Characters of the answer to a look. */
const MAX_ANSWER = 64 * 1024;

type Codecs = Readonly<Partial<Record<'video' | 'audio', string>>>;

/**
 * A container of any kind becomes an MPEG transport stream: one `ffmpeg` says what is in it, and another one, which is
 * given the same bytes, passes on what can be carried and codes the rest anew. It gets bytes alone, and opens nothing.
 */
export class CommandContainer implements Container {
  readonly #program: string;
  readonly #sink: ContainerSink;
  #child: Child;
  /** Bytes to be given again; undefined when the look is over. */
  #head: Uint8Array[] | undefined = [];
  #headBytes = 0;
  #answer = '';
  #finished = false;
  #over = false;

  constructor(program: string, sink: ContainerSink) {
    this.#program = program;
    this.#sink = sink;
    this.#child = new Child({
      program,
      args: [...INPUT, '-c', 'copy', '-f', 'framehash', '-hash', 'crc32', 'pipe:1'],
      onOutput: (bytes) => this.#look(bytes),
      onEnd: ({ code, words }) => {
        if (!this.#head) return;
        const cause = code === null ? `the program ${program} cannot be run` : words.split('\n')[0];
        this.#fail(cause || 'nothing that can be read');
      },
    });
  }

  async push(data: Uint8Array): Promise<void> {
    if (this.#over) return;
    if (this.#head) {
      this.#head.push(data);
      this.#headBytes += data.length;
      if (this.#headBytes > MAX_HEAD) {
        this.#fail(`it does not say what is in it within ${MAX_HEAD / 2 ** 20} MiB`);
        return;
      }
    }
    await this.#child.write(data);
  }

  finish(): void {
    this.#finished = true;
    void this.#child.finish();
  }

  close(): Promise<void> {
    this.#over = true;
    this.#head = undefined;
    return this.#child.kill();
  }

  /** The header of the answer names the codecs; the first line behind it ends the look. */
  #look(bytes: Buffer): void {
    if (!this.#head) return;
    this.#answer += bytes.toString('latin1');
    if (this.#answer.length > MAX_ANSWER) throw new PixelError('a container of too many streams');
    if (!/^#stream#/m.test(this.#answer)) return;
    const kinds = [...this.#answer.matchAll(/^#media_type (\d+): (\w+)$/gm)];
    const ofKind = (kind: string): string | undefined => {
      const index = kinds.find(([, , name]) => name === kind)?.[1];
      return new RegExp(`^#codec_id ${index}: (\\w+)$`, 'm').exec(this.#answer)?.[1];
    };
    const [video, audio] = [ofKind('video'), ofKind('audio')];
    this.#carry({ ...(video === undefined ? {} : { video }), ...(audio === undefined ? {} : { audio }) });
  }

  #carry(codecs: Codecs): void {
    const head = this.#head ?? [];
    this.#head = undefined;
    void this.#child.kill();
    const how = (kind: 'video' | 'audio'): readonly string[] =>
      CARRIED[kind].has(codecs[kind] ?? '') ? ['copy'] : CODED[kind];
    const output = ['-f', 'mpegts', '-muxdelay', '0', '-muxpreload', '0', '-flush_packets', '1', 'pipe:1'];
    this.#child = new Child({
      program: this.#program,
      args: [...INPUT, '-c:v', ...how('video'), '-c:a', ...how('audio'), ...output],
      onOutput: (bytes) => {
        if (!this.#over) this.#sink.transport(bytes);
      },
      onEnd: ({ code, words }) => {
        if (this.#over) return;
        this.#over = true;
        if (code === 0) this.#sink.finished();
        else this.#sink.failed(words.split('\n')[0] || 'it broke off');
      },
    });
    if (head.length > 0) void this.#child.write(...head);
    if (this.#finished) void this.#child.finish();
  }

  #fail(message: string): void {
    if (this.#over) return;
    this.#head = undefined;
    this.#over = true;
    void this.#child.kill();
    this.#sink.failed(message);
  }
}
