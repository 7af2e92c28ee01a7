import type { Event } from '../events/index.ts';
import type { NewSnapshot, Snapshot } from '../snapshots/index.ts';

interface Options {
  /** Whether pictures are kept of what is found in a stream. */
  wanted: (streamId: string) => Promise<boolean>;
  create: (snapshot: NewSnapshot) => Promise<Pick<Snapshot, 'id' | 'streamId'>>;
  remove: (snapshot: Pick<Snapshot, 'id' | 'streamId'>) => Promise<void>;
  failed: (error: unknown) => void;
}

type Found = Extract<Event, { type: 'detection.started' | 'detection.ended' }>;

/** Who keeps pictures of what a network finds. */
const OWNER = 'system:inference';
/** Things whose end is waited for at most; of others the first picture stays. */
const MOST = 1_000;

/**
 * Keeps a picture of each thing that networks find, where a stream's settings say so: of the moment in which it was
 * told of, and, where there is footage, at its end of the one in which it was seen best.
 */
export class Portraits {
  readonly #options: Options;
  /** The first picture by object, and the moment it shows. */
  readonly #first = new Map<string, { snapshot: Promise<Pick<Snapshot, 'id' | 'streamId'>>; at: string }>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** To be called with every event. */
  observe(event: Event): void {
    if (event.type === 'detection.started') this.#begin(event).catch(this.#options.failed);
    if (event.type === 'detection.ended') this.#end(event).catch(this.#options.failed);
  }

  async #begin(event: Found): Promise<void> {
    if (!(await this.#options.wanted(event.stream_id))) return;
    const snapshot = this.#take(event, undefined);
    this.#first.set(event.object_id, { snapshot, at: event.best.at });
    const [oldest] = this.#first.keys();
    if (this.#first.size > MOST) this.#first.delete(oldest!);
    await snapshot.catch((error: unknown) => {
      this.#first.delete(event.object_id);
      throw error;
    });
  }

  async #end(event: Found): Promise<void> {
    const first = this.#first.get(event.object_id);
    this.#first.delete(event.object_id);
    if (!first || first.at === event.best.at) return;
    const before = await first.snapshot;
    // Without footage of that moment the first picture is what there is.
    const better = await this.#take(event, Date.parse(event.best.at)).catch(() => undefined);
    if (better) await this.#options.remove(before);
  }

  /** `at`: UTC milliseconds; undefined is now. */
  #take(event: Found, at: number | undefined): Promise<Pick<Snapshot, 'id' | 'streamId'>> {
    const { stream_id: streamId, object_id, class: kind, best } = event;
    const metadata = { object_id, class: kind, score: best.score, box: best.box };
    const source = at === undefined ? 'live' : 'historical';
    return this.#options.create({ streamId, source, at, createdBy: OWNER, owner: OWNER, metadata });
  }
}
