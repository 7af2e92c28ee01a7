import type { DesiredState } from '@nightjar/contract/link';
import type { MediaStream } from '@nightjar/media/stream';
import { Lookout, type LookoutOptions } from './lookout.ts';

export type InferenceOptions = Omit<LookoutOptions, 'streamId' | 'wanted' | 'media'> & {
  /** The camera's own pictures of a stream. */
  readonly media: (streamId: string) => MediaStream | undefined;
};

/** Looks at the streams that are to be looked at. */
export class Inference {
  readonly #options: InferenceOptions;
  readonly #lookouts = new Map<string, { key: string; lookout: Lookout }>();

  constructor(options: InferenceOptions) {
    this.#options = options;
  }

  /** Those whose settings did not change look on. */
  apply({ streams }: Pick<DesiredState, 'streams'>): void {
    const wanted = new Map(
      streams.flatMap(({ id, running, inference }) =>
        running && inference ? [[id, inference] as const] : [],
      ),
    );
    for (const [id, { key, lookout }] of this.#lookouts) {
      if (JSON.stringify(wanted.get(id)) === key) continue;
      lookout.close();
      this.#lookouts.delete(id);
    }
    for (const [id, inference] of wanted) {
      if (this.#lookouts.has(id)) continue;
      const { media: mediaOf, ...options } = this.#options;
      const media = (): MediaStream | undefined => flowing(mediaOf, inference.look_at) ?? mediaOf(id);
      const lookout = new Lookout({ ...options, streamId: id, wanted: inference, media });
      this.#lookouts.set(id, { key: JSON.stringify(inference), lookout });
    }
  }

  /** Idempotent. */
  close(): void {
    for (const { lookout } of this.#lookouts.values()) lookout.close();
    this.#lookouts.clear();
  }
}

/** The media of a stream, if there is one that carries something. */
function flowing(mediaOf: InferenceOptions['media'], streamId: string | undefined): MediaStream | undefined {
  const media = streamId === undefined ? undefined : mediaOf(streamId);
  return media && media.tracks.length > 0 ? media : undefined;
}
