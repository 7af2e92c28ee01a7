import type { Format } from '../codecs/index.ts';

/** One elementary stream of a stream. A new format makes a new Track object with the same id. */
export interface Track {
  /** MP4 track id: video 1, audio 2 (further tracks count on). */
  readonly id: number;
  readonly kind: 'video' | 'audio';
  readonly format: Format;
}
