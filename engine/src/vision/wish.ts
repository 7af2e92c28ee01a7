import type { FromVision, PictureOutput, VisionCounters } from '@nightjar/contract/vision';
import type { MediaStream } from '@nightjar/media/stream';
import type { VisionError } from './vision-error.ts';

/** Somebody's wish for pixels or sound of a stream, until closed. */
export interface Wish {
  /** Idempotent. */
  close(): void;
}

export interface PicturesWish extends Wish {
  /** What is to be made from now on. */
  outputs(outputs: readonly PictureOutput[]): void;
}

export type CodedPicture = Extract<FromVision, { type: 'coded' }>;
export type MadePicture = Extract<FromVision, { type: 'picture' }>;

/** What every wish says. */
export interface Asked {
  /** Id of the stream: what breaks the process is remembered against it. */
  readonly subject: string;
  readonly media: MediaStream;
  /** It is over: why, for people. */
  readonly onFailed: (error: VisionError) => void;
}

/** What runs now, for tests and for whoever looks. */
export interface VisionFacts {
  readonly pids: readonly number[];
  /** Sessions, and one for stills under way. */
  readonly tasks: number;
  /** Processes started so far. */
  readonly lives: number;
  readonly counters: VisionCounters;
}
