import { FrameWriter, type FrameWriterOptions } from '../../stream/index.ts';
import type { ClipFrame, ClipTrack } from './clip.ts';

/**
 * Where one track of a looping clip stands. Frame `k` of the endless loop is shown at exactly `k` frame
 * distances after the loop's epoch, so nothing drifts, and picture and sound agree however long it runs.
 */
export class Playhead {
  readonly #clip: ClipTrack;
  readonly #writer: FrameWriter;
  #epoch = 0;
  #utcOffset = 0;
  /** UTC milliseconds at which the frame being published is due: it says so itself. */
  #shownAt = 0;
  /** Ticks of frame 0 on the stream's media clock. */
  #base = 0;
  #next = 0;
  /** Ticks of the newest published frame. */
  #published = Number.NEGATIVE_INFINITY;

  constructor(clip: ClipTrack, writer: Omit<FrameWriterOptions, 'clock'>) {
    this.#clip = clip;
    this.#writer = new FrameWriter({ ...writer, clock: { utc: () => this.#shownAt } });
  }

  /** Monotonic time at which the next frame is due. */
  get due(): number {
    return this.#epoch + this.#time(this.#next);
  }

  /**
   * Monotonic milliseconds of the loop's frame 0 and of the stream's media zero, and what UTC is ahead of
   * monotonic time.
   */
  align(epoch: number, zero: number, utcOffset: number): void {
    this.#epoch = epoch;
    this.#utcOffset = utcOffset;
    this.#base = Math.round(((epoch - zero) * this.#clip.format.clockRate) / 1000);
  }

  /** The monotonic time of the last key frame at or before `now`, or of the first one after it. */
  keyTime(now: number, which: 'last' | 'next'): number {
    let frame = this.#before(now) + (which === 'last' ? 0 : 1);
    const step = which === 'last' ? -1 : 1;
    while (!this.#frame(frame).key) frame += step;
    return this.#epoch + this.#time(frame);
  }

  /** Goes to the first frame at or after `time`, but never to one not newer than the last published one. */
  seek(time: number): void {
    const published = Math.round((this.#published - this.#base) / this.#clip.ticksPerFrame);
    this.#next = Math.max(this.#after(time), published + 1);
  }

  /** Publishes the next frame. */
  publish(): void {
    const { key, units } = this.#frame(this.#next);
    const ticks = this.#base + Math.round(this.#next * this.#clip.ticksPerFrame);
    this.#shownAt = this.due + this.#utcOffset;
    this.#writer.begin();
    if (this.#clip.format.codec.kind === 'video')
      for (const unit of units) this.#writer.nal(unit, 0, unit.length);
    else for (const unit of units) this.#writer.append(unit, 0, unit.length);
    this.#writer.finish(ticks, ticks, key);
    this.#published = ticks;
    this.#next++;
  }

  close(): void {
    this.#writer.close();
  }

  #frame(index: number): ClipFrame {
    const { frames } = this.#clip;
    return frames[((index % frames.length) + frames.length) % frames.length]!;
  }

  #time(index: number): number {
    return (index * this.#clip.ticksPerFrame * 1000) / this.#clip.format.clockRate;
  }

  #before(time: number): number {
    return Math.floor(this.#position(time));
  }

  #after(time: number): number {
    return Math.ceil(this.#position(time));
  }

  /** In frames; a thousandth of a frame is rounding. */
  #position(time: number): number {
    const exact = ((time - this.#epoch) * this.#clip.format.clockRate) / 1000 / this.#clip.ticksPerFrame;
    return Math.abs(exact - Math.round(exact)) < 1e-3 ? Math.round(exact) : exact;
  }
}
