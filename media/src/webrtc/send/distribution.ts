import type { PacketizedFrame } from './packets.ts';
import type { FeedLane, FeedReader } from './reader.ts';

/** Packets sent before others have a turn: some milliseconds. */
const TURN = 512;

interface Work {
  readonly lane: FeedLane;
  readonly frame: PacketizedFrame;
  readonly readers: readonly FeedReader[];
  /** How many of them have it. */
  at: number;
}

/**
 * Hands frames to many readers in turns, so that a key frame for hundreds of peers does not keep the loop from what
 * other peers and streams need. Every reader gets the frames in their order.
 */
export class Distribution {
  readonly #next: (task: () => void) => void;
  readonly #onDelivered: () => void;
  readonly #work: Work[] = [];
  #scheduled = false;

  /** `next` runs a task in the next turn of the loop; `onDelivered` is called for each frame that all have. */
  constructor(options: { readonly next: (task: () => void) => void; readonly onDelivered: () => void }) {
    this.#next = options.next;
    this.#onDelivered = options.onDelivered;
  }

  push(lane: FeedLane, frame: PacketizedFrame, readers: Iterable<FeedReader>): void {
    this.#work.push({ lane, frame, readers: [...readers], at: 0 });
    if (!this.#scheduled) this.#turn();
  }

  /** Forgets what nobody was given yet. */
  clear(): void {
    for (const _ of this.#work.splice(0)) this.#onDelivered();
  }

  #turn(): void {
    let left = TURN;
    for (let work = this.#work[0]; work && left > 0; work = this.#work[0]) {
      while (work.at < work.readers.length && left > 0) {
        work.readers[work.at++]!.onFrame(work.lane, work.frame);
        left -= work.frame.payloads.length;
      }
      if (work.at < work.readers.length) break;
      // A reader may have ended the feed, which clears all work.
      if (this.#work[0] === work) {
        this.#work.shift();
        this.#onDelivered();
      }
    }
    if (this.#work.length === 0 || this.#scheduled) return;
    this.#scheduled = true;
    this.#next(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }
}
