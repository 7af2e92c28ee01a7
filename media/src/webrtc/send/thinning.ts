/** What of the pictures is sent: all; those that others are built upon; those that need no other. */
export type Thinning = 'all' | 'references' | 'keys';

const STEPS: readonly Thinning[] = ['all', 'references', 'keys'];
/** Share of the packets whose loss a path has to complain of to be taken for too narrow; repair copes with less. */
const TOO_MUCH = 0.1;
/** The same where the receiver's own estimate says as well that the path carries less than is sent. */
const TOO_MUCH_ESTIMATED = 0.02;
const LITTLE = 0.02;
/** Packets that a judgement of loss rests upon at least: of 25, 5 % of chance are more than 10 % every few seconds. */
const ENOUGH = 100;
/** Judgements in a row, which come about once a second, before less is sent, and reports before more is tried. */
const BAD_REPORTS = 2;
const GOOD_REPORTS = 5;
/** Good reports are waited for twice as long after each try that failed, up to this many. */
const PATIENCE = 80;
/** Reports within which a try has failed. */
const TRIAL = 10;

/**
 * Decides from a receiver's reports how much of a stream a path carries. The camera's bit rate is what it is, so all
 * there is to do is to leave out pictures: first those that no other needs, then all but key frames. Sound goes on.
 */
export class Thinner {
  /** Pictures that no other needs have been seen. */
  disposable = false;
  #step = 0;
  #bad = 0;
  #good = 0;
  /** What the reports since the last judgement spoke of, and how much of that was lost. */
  #packets = 0;
  #lost = 0;
  #needed = GOOD_REPORTS;
  /** Reports since more was tried; undefined when that is over. */
  #trial: number | undefined;

  get thinning(): Thinning {
    return STEPS[this.#step]!;
  }

  /**
   * A report of the video: share of so many packets that was lost; bits per second sent, and as the receiver estimates
   * the path.
   */
  report(lost: number, packets: number, rate: number, estimate: number | undefined): void {
    if (this.#trial !== undefined && ++this.#trial > TRIAL) this.#trial = undefined;
    const narrow = estimate !== undefined && estimate < rate;
    const share = this.#judged(lost, packets);
    if (share !== undefined && share > (narrow ? TOO_MUCH_ESTIMATED : TOO_MUCH)) {
      this.#worse();
      return;
    }
    if (share !== undefined) this.#bad = 0;
    if (lost <= LITTLE) this.#better();
    else this.#good = 0;
  }

  /** Share lost since the last judgement; undefined while that is of too few packets. */
  #judged(lost: number, packets: number): number | undefined {
    this.#packets += packets;
    this.#lost += lost * packets;
    if (this.#packets < ENOUGH) return undefined;
    const share = this.#lost / this.#packets;
    this.#packets = 0;
    this.#lost = 0;
    return share;
  }

  #worse(): void {
    this.#good = 0;
    if (++this.#bad < BAD_REPORTS) return;
    this.#bad = 0;
    if (this.#step === STEPS.length - 1) return;
    if (this.#trial !== undefined) this.#needed = Math.min(PATIENCE, this.#needed * 2);
    this.#trial = undefined;
    // Where every picture is needed by the next, there is nothing between all and key frames.
    this.#step = this.disposable ? this.#step + 1 : STEPS.length - 1;
  }

  #better(): void {
    if (this.#step === 0) {
      if (this.#trial === undefined) this.#needed = GOOD_REPORTS;
      return;
    }
    if (++this.#good < this.#needed) return;
    this.#good = 0;
    this.#trial = 0;
    this.#step = this.disposable ? this.#step - 1 : 0;
  }
}
