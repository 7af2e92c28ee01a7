import { initSegment } from '@nightjar/media/mp4';
import type { Track } from '@nightjar/media/stream';
import { initUri, type LiveSegment, type LiveWindow, segmentUri } from '../../live/index.ts';
import type { Footage } from '../covered-library.ts';
import { PlaybackRefusal } from '../refusal.ts';
import { type Cut, cutFiles, PAST_TARGET, type Seam, type Seams, sameTrack } from './cut-files.ts';
import type { Kind, Past, PastView } from './past.ts';
import { readPast } from './read-past.ts';

/** Seconds to which a live playlist goes back at most. */
export const MAX_REWIND = 4 * 3_600;
/** The discontinuity sequence number of the window's first segment: more than files can lie before it. */
const FIRST_DISCONTINUITY = 100_000;
/** Times that footage which is not durable yet is looked for again, after so many milliseconds each. */
const TRIES = 4;
const AGAIN_MS = 1_000;

export interface RewindOptions {
  readonly streamId: string;
  /** With media. */
  readonly window: LiveWindow;
  readonly footage: Footage;
  /** Whether the stream is recorded now. */
  readonly recorded: () => boolean;
  /** UTC milliseconds now. */
  readonly utc: () => number;
}

/**
 * What lies before a live window, as segments of the same playlist: files from before it began, and what has left
 * its memory since, numbered and bounded as it was there. Lives as long as the window.
 */
export class Rewind {
  readonly #options: RewindOptions;
  readonly #seams: Seams;
  #before: Record<Kind, Past[]> = { video: [], audio: [] };
  readonly #left: Record<Kind, Past[]> = { video: [], audio: [] };
  readonly #formats: Track[] = [];
  #broken = false;
  /** Seconds that have been looked for. */
  #reached = 0;
  #loading: Promise<void> | undefined;
  /** Discontinuities of what left and was forgotten. */
  readonly #forgotten: Record<Kind, number> = { video: 0, audio: 0 };

  constructor(options: RewindOptions) {
    this.#options = options;
    const { window } = options;
    this.#seams = { ...seamOf(window, 'video'), ...seamOf(window, 'audio') };
    window.follow((kind, segment, track) => this.#leaves(kind, segment, track));
  }

  /** Looks for footage so many seconds back. Throws PlaybackRefusal while it cannot be found out. */
  async reach(seconds: number): Promise<void> {
    while (this.#reached < seconds) {
      this.#loading ??= this.#load(seconds).finally(() => {
        this.#loading = undefined;
      });
      await this.#loading;
    }
  }

  /** What a playlist that goes `seconds` back shows before the window's own segments. */
  view(kind: Kind, seconds: number): PastView {
    const rendition = this.#options.window[kind];
    const firstMsn = rendition?.segments[0]?.msn ?? rendition?.nextMsn ?? 0;
    const [before, left] = [this.#before[kind], this.#left[kind]];
    const all = [...before, ...left];
    const oldest = this.#options.utc() - seconds * 1000;
    const joined = all.at(-1)?.msn === firstMsn - 1;
    const at = all.findIndex(
      ({ programDateTime, duration, gap }) => !gap && programDateTime + duration * 1000 > oldest,
    );
    const from = joined && at >= 0 ? at : all.length;
    const listed = all.slice(from);
    const longest = Math.max(PAST_TARGET, ...listed.map(({ duration }) => Math.round(duration)));
    return {
      segments: listed,
      mediaSequence: listed[0]?.msn ?? firstMsn,
      discontinuitySequence:
        FIRST_DISCONTINUITY +
        this.#forgotten[kind] -
        breaks(before.slice(from)) +
        breaks(left.slice(0, Math.max(0, from - before.length))),
      targetDuration: longest,
      brokenAt: this.#broken ? this.#seams[kind]?.msn : undefined,
    };
  }

  /** The bytes of a segment that is in memory no more; undefined when there is none. Throws PlaybackRefusal. */
  async segment(kind: Kind, msn: number, signal: AbortSignal): Promise<Buffer[] | undefined> {
    const found = [this.#before[kind], this.#left[kind]].flatMap(
      (list) => list[msn - (list[0]?.msn ?? 0)] ?? [],
    );
    const past = found.find((one) => one.msn === msn);
    if (!past || past.gap) return undefined;
    const { footage, streamId, window } = this.#options;
    for (let tries = 0; ; tries++) {
      const { fragments, early } = await readPast(footage, streamId, kind, past.where);
      if (!early && fragments.length > 0) return fragments;
      if (!early) {
        this.#lose(kind, past);
        return undefined;
      }
      if (tries === TRIES || signal.aborted)
        throw new PlaybackRefusal(503, 'this footage is not on disk yet');
      await window.until(() => false, AGAIN_MS, signal);
    }
  }

  /** An init segment of footage in another format than the window's. */
  init(index: number): Buffer | undefined {
    const track = this.#formats[index];
    return track && initSegment([track]);
  }

  async #load(seconds: number): Promise<void> {
    const { footage, streamId, utc } = this.#options;
    const lead = this.#seams.video ?? this.#seams.audio;
    const known = this.#before.video[0] ?? this.#before.audio[0];
    const range = { start: utc() - seconds * 1000, end: lead?.utc ?? 0 };
    if (lead && range.start < range.end) {
      const files = await footage.find(streamId, range).catch((error: unknown) => {
        if (error instanceof PlaybackRefusal && error.status === 404) return [];
        throw error;
      });
      const { cuts, broken } = cutFiles(files, this.#seams);
      if (!known) this.#broken = broken && cuts.length > 0;
      const older = known ? cuts.filter((cut) => cut.utc < known.programDateTime - 1) : cuts;
      for (const kind of ['video', 'audio'] as const) this.#prepend(kind, older);
    }
    this.#reached = seconds;
  }

  #prepend(kind: Kind, cuts: readonly Cut[]): void {
    const seam = this.#seams[kind];
    if (!seam) return;
    const before = this.#before[kind];
    const next = before[0]?.msn ?? seam.msn;
    const made = cuts.map((cut, i) => this.#past(kind, cut, next - cuts.length + i, seam));
    this.#before[kind] = [...made, ...before];
  }

  #past(kind: Kind, cut: Cut, msn: number, seam: Seam): Past {
    const { utc, duration, discontinuity } = cut;
    const own = cut.tracks[kind];
    const where = own?.where ?? { utc, duration, from: 0, to: 0, clockRate: 1 };
    const map = {
      uri:
        own && !sameTrack(own.track, seam.track) ? this.#initUri(own.track) : initUri(kind, seam.generation),
    };
    return {
      ...{ msn, where, map, duration, discontinuity, parts: [] },
      uri: segmentUri(kind, msn),
      programDateTime: utc,
      gap: own === undefined,
    };
  }

  #initUri(track: Track): string {
    let index = this.#formats.findIndex((known) => sameTrack(known, track));
    if (index < 0) index = this.#formats.push(track) - 1;
    return `${track.kind}/init-past-${index}.mp4`;
  }

  #leaves(kind: Kind, segment: LiveSegment, { format: { clockRate } }: Track): void {
    const { msn, utc, duration, generation, start, end } = segment;
    const broken = this.#broken && msn === this.#seams[kind]?.msn;
    const list = this.#left[kind];
    // A rendition that was away for a while goes on at another number.
    if (list.length > 0 && list.at(-1)!.msn !== msn - 1) list.length = 0;
    list.push({
      ...{ msn, duration, parts: [] },
      uri: segmentUri(kind, msn),
      map: { uri: initUri(kind, generation) },
      programDateTime: utc,
      discontinuity: segment.discontinuity || broken,
      gap: !this.#options.recorded(),
      where: { utc, duration, from: start, to: end, clockRate },
    });
    this.#forget(kind);
  }

  #forget(kind: Kind): void {
    const oldest = this.#options.utc() - MAX_REWIND * 1000;
    const isOld = (past: Past | undefined): boolean => past !== undefined && past.programDateTime < oldest;
    while (isOld(this.#before[kind][0])) this.#before[kind].shift();
    while (isOld(this.#left[kind][0])) this.#forgotten[kind] += breaks([this.#left[kind].shift()!]);
  }

  /** What was listed is not there: nobody need ask again. */
  #lose(kind: Kind, past: Past): void {
    for (const list of [this.#before[kind], this.#left[kind]]) {
      const at = list.indexOf(past);
      if (at >= 0) list[at] = { ...past, gap: true };
    }
  }
}

const breaks = (list: readonly Past[]): number => list.filter(({ discontinuity }) => discontinuity).length;

function seamOf(window: LiveWindow, kind: Kind): Seams {
  const first = window[kind]?.segments[0];
  const track = first && window.tracksOf(first.generation)?.find((candidate) => candidate.kind === kind);
  if (!first || !track) return {};
  const { utc, start, msn, generation } = first;
  return { [kind]: { utc, start, msn, generation, track } };
}
