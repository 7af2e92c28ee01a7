import type { SoundTarget } from '@nightjar/contract/vision';
import { type AudioFormat, aacFormat, isPcm, lowComplexity, opus, opusFormat } from '@nightjar/media/codecs';
import { stampFragment } from '@nightjar/media/mp4';
import {
  type Clock,
  type Frame,
  FrameWriter,
  type MediaStream,
  type Reader,
  type SlabPool,
  type Track,
} from '@nightjar/media/stream';
import type { Vision, Wish } from '../vision/index.ts';

/** What a way out can attach a reader to: a stream, or a rendition of one. */
export type Readable = Pick<MediaStream, 'attach'>;

export interface RenditionOptions {
  /** Id of the stream. */
  readonly subject: string;
  readonly media: MediaStream;
  /** Sound like this goes through as it is. */
  readonly carries: (format: AudioFormat) => boolean;
  readonly codec: SoundTarget['codec'];
  readonly vision: Pick<Vision, 'sound'>;
  readonly pool: SlabPool;
  readonly clock: Pick<Clock, 'utc' | 'after'>;
}

/** Milliseconds after which sound that could not be made is tried once more. */
const AGAIN = 30_000;

/**
 * The stream with its sound in another codec where it must be: pictures go through untouched, and nothing is
 * decoded unless a reader is attached and the camera's sound is of a codec that the reader cannot take.
 */
export function soundRendition(options: RenditionOptions): Readable {
  return {
    attach(reader, cached) {
      const recoding = new Recoding(options, reader);
      const detach = options.media.attach(recoding, cached);
      return () => {
        detach();
        recoding.close();
      };
    },
  };
}

/** Sound that every browser takes by WebRTC (RFC 7874 3): Opus, and G.711 and G.722 as telephones have them. */
export function webRtcCarries(format: AudioFormat): boolean {
  const telephone = isPcm(format) && format.codec.bytesPerSample === 1;
  return format.codec === opus || (telephone && format.clockRate === 8000 && format.channels === 1);
}

class Recoding implements Reader {
  readonly #options: RenditionOptions;
  readonly #reader: Reader;
  #original: Track | undefined;
  #writer: FrameWriter | undefined;
  #last: Frame | undefined;
  #wish: Wish | undefined;
  #cancelAgain: (() => void) | undefined;

  constructor(options: RenditionOptions, reader: Reader) {
    this.#options = options;
    this.#reader = reader;
  }

  onTracks(tracks: readonly Track[]): void {
    this.close();
    const { carries, codec, pool, clock } = this.#options;
    const strange = ({ kind, format }: Track): boolean => kind === 'audio' && !carries(format as AudioFormat);
    const original = tracks.find(strange);
    this.#original = original;
    if (!original) {
      this.#reader.onTracks(tracks);
      return;
    }
    const target = targetOf(original.format as AudioFormat, codec);
    const track: Track = { ...original, format: formatOf(target) };
    this.#reader.onTracks(tracks.map((each) => (each === original ? track : each)));
    this.#writer = new FrameWriter({ track, pool, clock, push: (frame) => this.#push(frame) });
    this.#ask(target);
  }

  onFrame(frame: Frame): void {
    if (frame.track !== this.#original) this.#reader.onFrame(frame);
  }

  onEnd(): void {
    this.close();
    this.#reader.onEnd();
  }

  /** Idempotent. */
  close(): void {
    this.#cancelAgain?.();
    this.#cancelAgain = undefined;
    this.#wish?.close();
    this.#wish = undefined;
    this.#writer?.close();
    this.#writer = undefined;
    this.#last = undefined;
  }

  #ask(target: SoundTarget): void {
    const { vision, subject, media } = this.#options;
    const again = (): void => {
      this.#wish = undefined;
      this.#cancelAgain = this.#options.clock.after(AGAIN, () => this.#ask(target));
    };
    try {
      this.#wish = vision.sound({
        subject,
        media,
        target: () => target,
        onSound: (data, time) => this.#sound(data, time),
        onFailed: again,
      });
    } catch {
      // Whoever watches has the picture meanwhile.
      again();
    }
  }

  #sound(data: Uint8Array, time: number): void {
    const writer = this.#writer;
    if (!writer) return;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    writer.begin();
    writer.append(bytes, 0, bytes.length);
    writer.finish(time, time, true);
  }

  #push(frame: Frame): void {
    stampFragment(frame, this.#last);
    this.#last = frame;
    this.#reader.onFrame(frame);
  }
}

const AAC_RATES = [16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/** What a camera's sound becomes: no more channels than it has, and a rate that browsers play. */
function targetOf({ sampleRate, channels }: AudioFormat, codec: SoundTarget['codec']): SoundTarget {
  const kept = channels > 1 ? 2 : 1;
  if (codec === 'opus') return { codec, sampleRate: 48_000, channels: kept };
  return { codec, sampleRate: AAC_RATES.find((rate) => rate >= sampleRate) ?? 48_000, channels: kept };
}

function formatOf({ codec, sampleRate, channels }: SoundTarget): AudioFormat {
  return codec === 'opus' ? opusFormat(channels) : aacFormat(lowComplexity(sampleRate, channels)!);
}
