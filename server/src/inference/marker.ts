import type { NewBookmark } from '../bookmarks/index.ts';
import type { Event } from '../events/index.ts';
import type { Clock } from '../kernel/index.ts';

interface Options {
  clock: Pick<Clock, 'monotonic'>;
  /** Whether what is found in a stream is bookmarked. */
  wanted: (streamId: string) => Promise<boolean>;
  create: (bookmark: NewBookmark) => Promise<unknown>;
  failed: (error: unknown) => void;
}

/** Who bookmarks what a network finds. */
const OWNER = 'system:inference';
/** Seconds around it. */
const AROUND = 5;
/** Milliseconds between two bookmarks of one class in one stream: a crowd is one thing to look at. */
const REST = 30_000;

/** Bookmarks what networks find, where a stream's settings say so. */
export class Marker {
  readonly #options: Options;
  readonly #last = new Map<string, number>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** To be called with every event. */
  observe(event: Event): void {
    if (event.type === 'stream.removed') this.#forget(event.stream_id);
    if (event.type === 'detection.started') this.#mark(event).catch(this.#options.failed);
  }

  async #mark(event: Extract<Event, { type: 'detection.started' }>): Promise<void> {
    const { clock, wanted, create } = this.#options;
    const { stream_id: streamId, class: label, score, timestamp } = event;
    if (!(await wanted(streamId))) return;
    const key = `${streamId} ${label}`;
    const last = this.#last.get(key);
    if (last !== undefined && clock.monotonic() - last < REST) return;
    this.#last.set(key, clock.monotonic());
    await create({
      ...{ streamId, source: 'live', center: Date.parse(timestamp), label, eventType: 'detection' },
      ...{ beforeSeconds: AROUND, afterSeconds: AROUND, confidence: score, tags: ['detection', label] },
      ...{ createdBy: OWNER, owner: OWNER },
    });
  }

  #forget(streamId: string): void {
    for (const key of this.#last.keys()) if (key.startsWith(`${streamId} `)) this.#last.delete(key);
  }
}
