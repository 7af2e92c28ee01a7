/** Seconds throughout. */
export interface Following {
  /** Media ahead of the picture. */
  readonly ahead: number;
  /** How much is wanted ahead: the jitter of the network and of the decoder. */
  readonly target: number;
  /** The rate that was set before. */
  readonly rate: number;
}

const TOO_FAR = 2;
const START_ABOVE = 0.06;
const STOP_BELOW = 0.02;

/** Least and most that is kept ahead of the picture. */
export const TARGETS = { least: 0.1, most: 1, step: 0.1, calm: 0.98 };

/**
 * Playback rate that brings the picture back to `target` ahead of nothing, or `jump` when that would take too
 * long. Frames come one by one, so there is no more to wait for than jitter.
 */
export function follow({ ahead, target, rate }: Following): number | 'jump' {
  const excess = ahead - target;
  if (excess > TOO_FAR) return 'jump';
  const catchingUp = rate > 1;
  if (excess < (catchingUp ? STOP_BELOW : START_ABOVE)) return 1;
  if (excess > 1) return 1.5;
  return excess > 0.3 ? 1.2 : 1.06;
}
