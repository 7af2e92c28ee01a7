import { type Box, type Found, moved, overlap } from './box.ts';

/** One thing, followed from picture to picture. */
export interface Track {
  readonly id: number;
  readonly kind: number;
  /** Of the newest picture in which it was found. */
  readonly score: number;
  /** Where it is, or is thought to be. */
  readonly box: Box;
  /** Where it was a picture before; undefined: it is new. */
  readonly before: Box | undefined;
  /** Where it was found last. */
  readonly seen: Box;
  /** Seconds on the media clock at which it was found first and last. */
  readonly since: number;
  readonly last: number;
}

export interface TrackerOptions {
  /** What is surer begins a track; what is less sure only carries one on. */
  readonly threshold: number;
  /** Seconds for which one that is not found is kept. */
  readonly keep: number;
}

/** Share of the union that a track and what is found have in common at least, when it is sure and when it is not. */
const [NEAR, NEARER] = [0.15, 0.4];
/** Seconds for which one that is not found is thought to move on. */
const COAST = 1;
/** How much of the newest step counts for the speed. */
const NEWEST = 0.6;

interface Followed extends Track {
  readonly speed: readonly [number, number];
}

/**
 * Follows things from one picture's boxes to the next: first those that are sure are matched with the tracks, then
 * those that are not with the tracks that are left (ByteTrack, arXiv 2110.06864). Speeds are constant between.
 */
export class Tracker {
  readonly #options: TrackerOptions;
  #tracks: Followed[] = [];
  #at = Number.NaN;
  #ids = 0;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** The tracks after a picture shown at `seconds`; times rise. */
  update(found: readonly Found[], seconds: number): readonly Track[] {
    const step = Number.isNaN(this.#at) ? 0 : Math.max(0, seconds - this.#at);
    this.#at = seconds;
    const { threshold, keep } = this.#options;
    const waiting = this.#tracks.map((track) => coasted(track, step, seconds));
    const sure = found.filter(({ score }) => score >= threshold);
    const unsure = found.filter(({ score }) => score < threshold);
    const first = matched(waiting, sure, NEAR);
    const second = matched(first.tracks, unsure, NEARER);
    const carried = [...first.pairs, ...second.pairs].map(([track, one]) => met(track, one, step, seconds));
    const lost = second.tracks.filter(({ last }) => seconds - last <= keep);
    const fresh = first.found.map((one) => this.#begun(one, seconds));
    this.#tracks = [...carried, ...lost, ...fresh];
    return this.#tracks;
  }

  #begun({ kind, score, box }: Found, seconds: number): Followed {
    const id = ++this.#ids;
    const times = { since: seconds, last: seconds };
    return { id, kind, score, box, before: undefined, seen: box, ...times, speed: [0, 0] };
  }
}

function coasted(track: Followed, step: number, seconds: number): Followed {
  const [dx, dy] = seconds - track.last <= COAST ? track.speed : [0, 0];
  return { ...track, before: track.box, box: moved(track.box, dx * step, dy * step) };
}

function met(track: Followed, { score, box }: Found, step: number, seconds: number): Followed {
  const since = seconds - track.last;
  const speed = (axis: 0 | 1): number => {
    if (step <= 0 || since <= 0) return track.speed[axis];
    const now = (centre(box)[axis] - centre(track.seen)[axis]) / since;
    return track.speed[axis] + (now - track.speed[axis]) * NEWEST;
  };
  return { ...track, score, box, seen: box, last: seconds, speed: [speed(0), speed(1)] };
}

const centre = ({ x0, y0, x1, y1 }: Box): readonly [number, number] => [(x0 + x1) / 2, (y0 + y1) / 2];

/** Pairs of tracks and findings of one class, the nearest first, and what is left of both. */
function matched(
  tracks: readonly Followed[],
  found: readonly Found[],
  near: number,
): { pairs: [Followed, Found][]; tracks: Followed[]; found: Found[] } {
  const close = tracks
    .flatMap((track) => found.map((one) => ({ track, one, share: likeness(track, one) })))
    .filter(({ track, one, share }) => track.kind === one.kind && share >= near)
    .sort((a, b) => b.share - a.share);
  const [left, rest] = [new Set(tracks), new Set(found)];
  const pairs: [Followed, Found][] = [];
  for (const { track, one } of close) {
    if (!left.has(track) || !rest.has(one)) continue;
    left.delete(track);
    rest.delete(one);
    pairs.push([track, one]);
  }
  return { pairs, tracks: [...left], found: [...rest] };
}

/** A thing that changed its course is where it was seen, not where it was thought to be. */
const likeness = ({ box, seen }: Followed, one: Found): number =>
  Math.max(overlap(box, one.box), overlap(seen, one.box));
