import type { SeenObject } from '@nightjar/contract';
import type { ObjectFact } from '@nightjar/contract/link';
import type { SeenTrack } from '@nightjar/contract/vision';

/** Looks in which something must be there before it is told of: what flickers is nothing. */
const LOOKS = 2;
/** Milliseconds between two tellings of what stays. */
const AGAIN = 5_000;
/** Things that are followed at once at most. */
const MOST = 256;

interface Thing {
  seen: SeenObject;
  since: number;
  /** When it was found last; UTC milliseconds as all here. */
  last: number;
  looks: number;
  /** When it was told of; undefined: not yet. */
  told: number | undefined;
  best: { at: number; score: number; box: SeenObject['box']; worth: number };
}

/** Makes beginnings, news and ends of what is seen look by look. */
export class Things {
  readonly #streamId: string;
  readonly #prefix: string;
  readonly #tell: (fact: ObjectFact) => void;
  readonly #things = new Map<number, Thing>();

  /** `prefix`: other sessions number their tracks alike. */
  constructor(streamId: string, prefix: string, tell: (fact: ObjectFact) => void) {
    this.#streamId = streamId;
    this.#prefix = prefix;
    this.#tell = tell;
  }

  /** What is there, in a picture that arrived at `at`. Gives what is worth showing. */
  look(tracks: readonly SeenTrack[], at: number): SeenObject[] {
    const newest = Math.max(...tracks.map(({ last }) => last));
    for (const track of tracks.slice(0, MOST)) this.#see(track, at, track.last === newest);
    for (const [number, thing] of this.#things) {
      if (!tracks.some(({ track }) => track === number)) this.#end(number, thing);
    }
    return [...this.#things.values()].filter(({ told }) => told !== undefined).map(({ seen }) => seen);
  }

  /** Nobody looks any more. */
  close(): void {
    for (const [number, thing] of this.#things) this.#end(number, thing);
  }

  #see(track: SeenTrack, at: number, found: boolean): void {
    const { score, box } = track;
    const seen = { object_id: `${this.#prefix}-${track.track}`, class: track.class, score, box };
    const worth = score * Math.sqrt((box[2] - box[0]) * (box[3] - box[1]));
    const best = { at, score, box, worth };
    const thing = this.#things.get(track.track) ?? {
      seen,
      since: at,
      last: at,
      looks: 0,
      told: undefined,
      best,
    };
    this.#things.set(track.track, thing);
    thing.seen = seen;
    if (!found) return;
    thing.last = at;
    thing.looks++;
    if (worth > thing.best.worth) thing.best = best;
    if (thing.looks < LOOKS || (thing.told !== undefined && at - thing.told < AGAIN)) return;
    this.#say(thing, thing.told === undefined ? 'started' : 'updated', at);
    thing.told = at;
  }

  #end(number: number, thing: Thing): void {
    this.#things.delete(number);
    if (thing.told !== undefined) this.#say(thing, 'ended', thing.last);
  }

  #say({ seen, since, best }: Thing, phase: ObjectFact['phase'], at: number): void {
    this.#tell({
      kind: 'object.state',
      stream_id: this.#streamId,
      phase,
      ...seen,
      at: iso(at),
      since: iso(since),
      best: { at: iso(best.at), score: best.score, box: best.box },
    });
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
