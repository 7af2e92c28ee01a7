import type { MediaStream, Track } from '@nightjar/media/stream';
import { FragmentFan } from './fragment-fan.ts';
import type { Hold } from './hold.ts';

/** Which tracks a viewer takes: what browsers play, only the picture of it, or everything there is. */
export type TrackChoice = 'browser' | 'picture' | 'all';

/** What a viewer of fMP4 wants. */
export interface FragmentWish {
  readonly hold: Hold;
  readonly tracks: TrackChoice;
}

const CHOICES: Readonly<Record<TrackChoice, (track: Track) => boolean>> = {
  all: () => true,
  browser: ({ format }) => format.codec.browser,
  picture: ({ kind, format }) => kind === 'video' && format.codec.browser,
};

/** The fans of one stream, one for each wish that somebody has. */
export class FragmentFans {
  readonly #stream: MediaStream;
  readonly #fans = new Map<string, FragmentFan>();

  constructor(stream: MediaStream) {
    this.#stream = stream;
  }

  /** Costs nothing until somebody joins. */
  of({ hold, tracks }: FragmentWish): FragmentFan {
    const key = `${hold} ${tracks}`;
    const existing = this.#fans.get(key);
    if (existing) return existing;
    const fan = new FragmentFan({
      stream: this.#stream,
      hold,
      choose: CHOICES[tracks],
      onIdle: () => {
        this.#fans.delete(key);
      },
    });
    this.#fans.set(key, fan);
    return fan;
  }

  get takers(): number {
    return [...this.#fans.values()].reduce((sum, fan) => sum + fan.takers, 0);
  }
}
