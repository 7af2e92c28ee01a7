import type { SoundTarget } from '@nightjar/contract/vision';
import { type AudioFormat, aacFormat, lowComplexity } from '@nightjar/media/codecs';
import type { Clock, MediaStream } from '@nightjar/media/stream';
import { type Vision, VisionError, type Wish } from '../vision/index.ts';

export interface MaskedSoundOptions {
  /** Id of the stream. */
  readonly subject: string;
  /** Whose sound is masked. */
  readonly media: MediaStream;
  readonly sound: Vision['sound'];
  readonly clock: Pick<Clock, 'after'>;
  /** One frame of {@link MASKED}; `time` in ticks of its clock. */
  readonly give: (data: Buffer, time: number) => void;
}

const TARGET: SoundTarget = { codec: 'aac', sampleRate: 16_000, channels: 1, masked: true };
/** Milliseconds after which sound that could not be masked is tried again. */
const AGAIN = 10_000;

/** What sound is that is masked, whatever it was. */
export const MASKED: AudioFormat = aacFormat(lowComplexity(TARGET.sampleRate, TARGET.channels)!);

/** The sound of a stream in which nobody is known by the voice. What cannot be masked is not heard. */
export class MaskedSound {
  readonly #options: MaskedSoundOptions;
  #wish: Wish | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: MaskedSoundOptions) {
    this.#options = options;
    this.#ask();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#wish?.close();
  }

  #ask(): void {
    const { subject, media, sound, give } = this.#options;
    try {
      this.#wish = sound({
        subject,
        media,
        target: () => TARGET,
        onSound: ({ buffer, byteOffset, byteLength }, time) =>
          give(Buffer.from(buffer, byteOffset, byteLength), time),
        onFailed: () => this.#later(),
      });
    } catch (error) {
      if (!(error instanceof VisionError)) throw error;
      this.#later();
    }
  }

  #later(): void {
    this.#wish = undefined;
    if (!this.#closed) this.#cancel = this.#options.clock.after(AGAIN, () => this.#ask());
  }
}
