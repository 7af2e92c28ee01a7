import type { Clock } from '../clock/clock.ts';
import {
  type FallBack,
  type OpenPlayback,
  PlaybackError,
  type PlaybackEvents,
  type PlaybackFault,
  type Protocol,
} from './playback.ts';

/** One way to play a stream. */
export interface Rung<Video> {
  readonly protocol: Protocol;
  readonly open: OpenPlayback<Video>;
}

/** No other way would be let in either. */
const FINAL: readonly PlaybackFault[] = ['unauthorized', 'forbidden'];
/** A way that ends sooner than this after it began is given up for the next one. */
const STEADY_MS = 10_000;
/** Times that a way is begun within `BUSY_MS` before it is given up. */
const TRIES = 4;
const BUSY_MS = 30_000;

/**
 * Tries the ways a picture can come, best first, and stays with the first that shows one. A way that fails at
 * once or again and again is given up for the next; after the last it begins anew with the best.
 */
export class Ladder<Video> {
  readonly #rungs: readonly Rung<Video>[];
  readonly #clock: Pick<Clock, 'now'>;
  #at = 0;
  #begun: number[] = [];
  #fallBacks: FallBack[] = [];

  constructor(rungs: readonly Rung<Video>[], clock: Pick<Clock, 'now'>) {
    this.#rungs = rungs;
    this.#clock = clock;
  }

  /** See {@link OpenPlayback}: rejects when no way is left, or none would be let in. */
  readonly open: OpenPlayback<Video> = async (video, events) => {
    if (this.#at >= this.#rungs.length) this.#anew();
    let last = new PlaybackError('unsupported');
    while (this.#at < this.#rungs.length) {
      const rung = this.#rungs[this.#at]!;
      if (this.#tooOften()) {
        last = new PlaybackError('stalled');
        this.#giveUp(rung.protocol, last);
        continue;
      }
      try {
        return await this.#begin(rung, video, events);
      } catch (error) {
        last = error instanceof PlaybackError ? error : new PlaybackError('network', { cause: error });
        if (FINAL.includes(last.fault)) throw last;
        this.#giveUp(rung.protocol, last);
      }
    }
    // Nothing was shown by any. What may pass by itself (the network is gone, or the camera) is what is told.
    const passing = this.#fallBacks.find(({ fault }) => fault !== 'unsupported');
    this.#anew();
    throw passing === undefined ? last : new PlaybackError(passing.fault, { reason: passing.reason });
  };

  /** The best way is tried first again. */
  #anew(): void {
    this.#at = 0;
    this.#begun = [];
    this.#fallBacks = [];
  }

  async #begin(rung: Rung<Video>, video: Video, events: PlaybackEvents) {
    const began = this.#clock.now();
    this.#begun.push(began);
    const playback = await rung.open(video, {
      ...events,
      onFault: (fault) => {
        const soon = this.#clock.now() - began < STEADY_MS;
        if (soon && !FINAL.includes(fault)) this.#giveUp(rung.protocol, new PlaybackError(fault));
        events.onFault(fault);
      },
    });
    events.onProtocol?.(rung.protocol, [...this.#fallBacks]);
    return playback;
  }

  #tooOften(): boolean {
    const since = this.#clock.now() - BUSY_MS;
    this.#begun = this.#begun.filter((time) => time > since);
    return this.#begun.length >= TRIES;
  }

  #giveUp(protocol: Protocol, { fault, reason }: PlaybackError): void {
    if (this.#rungs[this.#at]?.protocol !== protocol) return;
    this.#fallBacks.push({ protocol, fault, reason });
    this.#at++;
    this.#begun = [];
  }
}
