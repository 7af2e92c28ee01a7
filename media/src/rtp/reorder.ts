import type { Clock } from '../stream/index.ts';

export interface ReorderOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Takes the packets in order, each `[start, end)` of a buffer that is lent for the call. */
  readonly deliver: (b: Buffer, start: number, end: number) => void;
  /** Packets held back behind a gap; 128 when absent, at most 255. */
  readonly maxPackets?: number;
  /** Milliseconds a gap is waited for; 100 when absent. */
  readonly maxMs?: number;
}

const SLOTS = 256;
/** Packets this far behind are late or double; RFC 3550 A.1 calls it MAX_MISORDER. */
const MAX_LATE = 512;
/** A step of this many packets ahead is loss, a longer one a new beginning (RFC 3550 A.1: MAX_DROPOUT). */
const MAX_LOSS = 3000;

/**
 * Puts the packets of one RTP source into order again, within bounds of number and time. A packet in order passes at
 * once, and nothing is allocated; those that are held are copied.
 */
export class ReorderBuffer {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #deliver: ReorderOptions['deliver'];
  readonly #maxPackets: number;
  readonly #maxMs: number;
  readonly #slots: (Buffer | undefined)[] = new Array<Buffer | undefined>(SLOTS).fill(undefined);
  readonly #onTimer = () => this.#skip();
  #next = -1;
  #held = 0;
  #suspect = -1;
  #cancel: (() => void) | undefined;
  #late = 0;

  constructor(options: ReorderOptions) {
    this.#clock = options.clock;
    this.#deliver = options.deliver;
    this.#maxPackets = Math.min(options.maxPackets ?? 128, SLOTS - 1);
    this.#maxMs = options.maxMs ?? 100;
  }

  /** Packets held behind a gap. */
  get held(): number {
    return this.#held;
  }

  /** Packets dropped because they came twice, or after the gap was given up. */
  get late(): number {
    return this.#late;
  }

  /** The packet in `[start, end)` of a buffer that is lent for the call; all of it when they are absent. */
  push(sequence: number, b: Buffer, start = 0, end = b.length): void {
    if (this.#next < 0) this.#next = sequence;
    const ahead = (sequence - this.#next) & 0xffff;
    if (ahead === 0) {
      this.#pass(sequence, b, start, end);
      if (this.#held > 0) this.#run();
    } else if (ahead < SLOTS) this.#hold(sequence, b, start, end);
    else this.#outside(sequence, ahead, b, start, end);
  }

  /** Delivers what is held and takes any number next: another source. */
  restart(): void {
    while (this.#held > 0) this.#skip();
    this.#next = -1;
    this.#suspect = -1;
  }

  /** Forgets what is held. */
  close(): void {
    this.#slots.fill(undefined);
    this.#held = 0;
    this.#disarm();
  }

  #pass(sequence: number, b: Buffer, start: number, end: number): void {
    this.#suspect = -1;
    this.#next = (sequence + 1) & 0xffff;
    this.#deliver(b, start, end);
  }

  #hold(sequence: number, b: Buffer, start: number, end: number): void {
    const slot = sequence % SLOTS;
    if (this.#slots[slot]) {
      this.#late++;
      return;
    }
    this.#slots[slot] = Buffer.from(b.subarray(start, end));
    this.#held++;
    this.#cancel ??= this.#clock.after(this.#maxMs, this.#onTimer);
    if (this.#held >= this.#maxPackets) this.#skip();
  }

  #outside(sequence: number, ahead: number, b: Buffer, start: number, end: number): void {
    if (ahead >= 0x10000 - MAX_LATE) {
      this.#late++;
    } else if (ahead < MAX_LOSS || sequence === this.#suspect) {
      this.restart();
      this.#pass(sequence, b, start, end);
    } else this.#suspect = (sequence + 1) & 0xffff;
  }

  /** Gives up the first gap. */
  #skip(): void {
    this.#disarm();
    if (this.#held === 0) return;
    while (!this.#slots[this.#next % SLOTS]) this.#next = (this.#next + 1) & 0xffff;
    this.#run();
  }

  /** Delivers the packets that follow on. */
  #run(): void {
    const before = this.#held;
    for (let packet = this.#slots[this.#next % SLOTS]; packet; packet = this.#slots[this.#next % SLOTS]) {
      this.#slots[this.#next % SLOTS] = undefined;
      this.#held--;
      this.#pass(this.#next, packet, 0, packet.length);
    }
    if (this.#held === before) return;
    this.#disarm();
    if (this.#held > 0) this.#cancel = this.#clock.after(this.#maxMs, this.#onTimer);
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
