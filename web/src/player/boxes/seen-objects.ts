import type { Clock } from '../../clock/clock.ts';

/** One thing that a model follows through the pictures; its box in parts of the picture: left, top, right, bottom. */
export interface SeenObject {
  readonly object_id: string;
  readonly class: string;
  readonly score: number;
  readonly box: readonly [number, number, number, number];
}

/** What was seen is shown for so long when nothing newer is heard. */
const LASTS_MS = 2_000;
/** So far behind live the picture may be before boxes wait for it: looking takes about as long. */
const AT_ONCE_SECONDS = 0.4;

/** Shows boxes when the picture they belong to is seen: a picture that comes late gets them as late. */
export class SeenObjects {
  readonly #clock: Clock;
  readonly #show: (objects: readonly SeenObject[]) => void;
  /** Cancels what is still to come. */
  readonly #waiting = new Set<() => void>();
  #forget: () => void = () => undefined;

  constructor(clock: Clock, show: (objects: readonly SeenObject[]) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  /** `latency`: seconds by which the picture is behind live; null when unknown. */
  heard(objects: readonly SeenObject[], latency: number | null): void {
    const late = Math.max(0, (latency ?? 0) - AT_ONCE_SECONDS) * 1_000;
    if (late === 0) {
      this.#now(objects);
      return;
    }
    const cancel = this.#clock.after(late, () => {
      this.#waiting.delete(cancel);
      this.#now(objects);
    });
    this.#waiting.add(cancel);
  }

  /** Nothing is shown any more. */
  clear(): void {
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    this.#forget();
    this.#show([]);
  }

  #now(objects: readonly SeenObject[]): void {
    this.#forget();
    this.#forget = this.#clock.after(LASTS_MS, () => this.#show([]));
    this.#show(objects);
  }
}
