import { availableParallelism } from 'node:os';
import type { VideoFormat } from '@nightjar/media/codecs';
import { type Clock, type MediaStream, SlabPool } from '@nightjar/media/stream';
import { VisionError } from '../vision/index.ts';
import { ladderOf, type Rung } from './ladder.ts';
import { LowerRendition, type ReducePictures } from './lower-rendition.ts';

export interface LowerRenditionsOptions {
  readonly vision: ReducePictures;
  readonly clock: Clock;
  readonly pool: SlabPool;
  /** Of all streams together, at once: each takes up to a core. */
  readonly most: number;
}

/** What lower renditions are made of. */
export interface Original {
  readonly id: string;
  readonly media: MediaStream;
}

/** The lower renditions of all streams, each made while somebody watches it. */
export class LowerRenditions {
  readonly #options: LowerRenditionsOptions;
  readonly #running = new Map<MediaStream, Map<string, LowerRendition>>();
  #count = 0;

  constructor(options: LowerRenditionsOptions) {
    this.#options = options;
  }

  /** Being made now. */
  get count(): number {
    return this.#count;
  }

  /** What there may be of a stream, the largest first; none while its picture is not known. */
  rungs({ media }: Original): Rung[] {
    const video = media.tracks.find(({ kind }) => kind === 'video');
    return video ? ladderOf(video.format as VideoFormat) : [];
  }

  /** The one of a name, begun if nobody watched it; undefined when there is none of that name. Throws VisionError. */
  of(original: Original, name: string): LowerRendition | undefined {
    const running = this.running(original, name);
    if (running) return running;
    const rung = this.rungs(original).find((each) => each.name === name);
    if (!rung) return undefined;
    if (this.#count >= this.#options.most)
      throw new VisionError('busy', 'too many lower renditions are watched');
    return this.#begin(original, rung);
  }

  /** The one of a name if it is being made. */
  running({ media }: Original, name: string): LowerRendition | undefined {
    return this.#running.get(media)?.get(name);
  }

  /** Idempotent. */
  close(): void {
    for (const all of [...this.#running.values()]) for (const each of [...all.values()]) each.close();
  }

  #begin({ id, media }: Original, rung: Rung): LowerRendition {
    const { vision, clock, pool } = this.#options;
    const of = this.#running.get(media) ?? new Map<string, LowerRendition>();
    const rendition = new LowerRendition({
      ...{ subject: id, of: media, rung, vision, clock, pool },
      onEnd: () => {
        if (of.get(rung.name) !== rendition) return;
        of.delete(rung.name);
        if (of.size === 0) this.#running.delete(media);
        this.#count--;
      },
    });
    of.set(rung.name, rendition);
    this.#running.set(media, of);
    this.#count++;
    return rendition;
  }
}

/** As many at once as this machine can be expected to make: each takes a part of a core. */
export function openLower(vision: ReducePictures, clock: Clock): LowerRenditions {
  return new LowerRenditions({ vision, clock, pool: new SlabPool(), most: 2 * availableParallelism() });
}
