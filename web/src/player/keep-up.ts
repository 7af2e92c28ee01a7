/** Seconds throughout. */
export interface LivePosition {
  /** Behind the newest picture the server has. */
  latency: number;
  /** Where the playlist asks us to be. */
  target: number;
  /** Media that can be played without another byte. */
  buffered: number;
  /** The rate that was set before. */
  rate: number;
}

const TOO_FAR = 4;
const START_ABOVE = 0.25;
const STOP_BELOW = 0.08;
const SAFE_BUFFER = 0.35;
const FASTEST = 1.1;

/**
 * Playback rate that brings the picture back to its target without being heard (at most 1.1), or `jump` when
 * that would take too long. hls.js adapts only with more than 1 s buffered, which parts of 0.2 s never reach.
 */
export function keepUp(position: LivePosition): number | 'jump' {
  const excess = position.latency - position.target;
  if (excess > TOO_FAR) return 'jump';
  const catchingUp = position.rate > 1;
  if (position.buffered < SAFE_BUFFER || excess < (catchingUp ? STOP_BELOW : START_ABOVE)) return 1;
  return excess > 2 * START_ABOVE ? FASTEST : 1.05;
}

/** Seconds of media ahead of `at` in the range that holds it. */
export function bufferedAhead(buffered: TimeRanges, at: number): number {
  for (let index = 0; index < buffered.length; index++) {
    if (buffered.start(index) <= at && at <= buffered.end(index)) return buffered.end(index) - at;
  }
  return 0;
}
