import { type WeeklySchedule, withinSchedule } from '@nightjar/contract';
import type { Clock } from '@nightjar/media/stream';

/** Milliseconds between two looks at the clock. */
const LOOK = 1_000;

/** When a schedule lets a stream be recorded. It needs no server: the hours come and go all the same. */
export class RecordingHours {
  readonly #clock: Pick<Clock, 'utc' | 'every'>;
  readonly #changed: () => void;
  #schedule: WeeklySchedule | undefined;
  #cancel: (() => void) | undefined;
  #open = true;

  /** `changed` is called when the hours begin and when they end. */
  constructor(clock: Pick<Clock, 'utc' | 'every'>, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Always, without a schedule. */
  get open(): boolean {
    return this.#open;
  }

  /** Takes up a schedule, or none. */
  keep(schedule: WeeklySchedule | undefined): void {
    this.#schedule = schedule;
    this.#open = this.#now();
    if (!schedule) this.close();
    else this.#cancel ??= this.#clock.every(LOOK, () => this.#look());
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #now(): boolean {
    return this.#schedule === undefined || withinSchedule(this.#schedule, this.#clock.utc());
  }

  #look(): void {
    const open = this.#now();
    if (open === this.#open) return;
    this.#open = open;
    this.#changed();
  }
}
