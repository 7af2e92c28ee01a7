import { type Frame, MediaStream, type Reader, type SlabPool, type Track } from '../../stream/index.ts';
import type { Clip } from './clip.ts';
import { Playhead } from './playhead.ts';
import type { Spoke, Wheel } from './wheel.ts';

/** Without readers a camera goes to sleep after this long. */
const IDLE = 5_000;
/** Frames later than this are left out, as by a camera that was busy: the next one is a key frame. */
const LATE = 1_000;
const HOUR = 3_600_000;

export interface SyntheticCameraOptions {
  readonly clip: Clip;
  /** Milliseconds that the clock in the picture runs behind UTC. */
  readonly phase: number;
  /** Where the first reader begins: at the last key frame, which it gets at once, or at the next one. */
  readonly startAt: 'cached' | 'next-key';
  readonly wheel: Wheel;
  readonly pool: SlabPool;
}

/**
 * Publishes a clip into a stream in real time, each frame at the time of day burned into it (less the phase).
 * Sleeps while nobody reads.
 */
export class SyntheticCamera implements Spoke {
  readonly stream: MediaStream;
  readonly #options: SyntheticCameraOptions;
  /** UTC at which the loop began: a full hour, of which every clip's length is a fraction, and the phase. */
  readonly #epoch: number;
  /** Monotonic time of the stream's media zero. */
  readonly #zero: number;
  #clip: Clip;
  #tracks: readonly Track[];
  #heads: readonly [Playhead, ...Playhead[]];
  #awake = false;
  #wantedAt = 0;
  #stalled = false;
  #closed = false;

  constructor(options: SyntheticCameraOptions) {
    this.#options = options;
    this.stream = new WatchedStream(() => this.wake());
    const { clip, wheel, phase } = options;
    this.#clip = clip;
    this.#tracks = tracksOf(clip);
    this.stream.setTracks(this.#tracks);
    this.#heads = this.#open();
    const now = wheel.now();
    this.#epoch = Math.floor((now + wheel.offset - phase) / HOUR) * HOUR + phase;
    this.#align(now);
    this.#zero = this.#heads[0].keyTime(now, 'last');
    this.#align(this.#zero);
  }

  /** Somebody wants frames: fills the GOP cache, if frames are to start there, and publishes from now on. */
  wake(): void {
    const { wheel, startAt } = this.#options;
    const now = wheel.now();
    this.#wantedAt = now;
    if (this.#awake || this.#stalled || this.#closed) return;
    this.#awake = true;
    this.#align(this.#zero);
    this.#seek(now, startAt === 'cached' ? 'last' : 'next');
    this.#publishUntil(now);
    wheel.add(this);
  }

  /** Sends no media, also not to new readers, and does nothing else. */
  stall(): void {
    this.#stalled = true;
    this.#sleep();
    this.stream.setTracks(this.#tracks);
  }

  /** Goes on with the next key frame. */
  resume(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    if (this.#closed || this.stream.readerCount === 0) return;
    const { wheel } = this.#options;
    this.#awake = true;
    this.#align(this.#zero);
    this.#seek(wheel.now(), 'next');
    wheel.add(this);
  }

  /** Shows another clip from its next key frame on. Readers are told the new tracks at once. */
  changeFormat(clip: Clip): void {
    this.#clip = clip;
    this.#tracks = tracksOf(clip);
    this.#rewind();
    this.#seek(this.#options.wheel.now(), 'next');
  }

  turn(now: number): number {
    if (this.stream.readerCount > 0) this.#wantedAt = now;
    else if (now - this.#wantedAt > IDLE) {
      this.#sleep();
      this.#rewind();
      return Number.POSITIVE_INFINITY;
    }
    if (now - this.#earliest().due > LATE) this.#seek(now, 'next');
    this.#publishUntil(now);
    return this.#earliest().due;
  }

  stepped(now: number): void {
    this.#align(this.#zero);
    this.#seek(now, 'next');
  }

  /** Ends every reader. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sleep();
    this.stream.end();
    for (const head of this.#heads) head.close();
  }

  #sleep(): void {
    this.#awake = false;
    this.#options.wheel.remove(this);
  }

  /** Gives back all memory, that of the GOP cache too, and forgets what was published. */
  #rewind(): void {
    for (const head of this.#heads) head.close();
    this.stream.setTracks(this.#tracks);
    this.#heads = this.#open();
    this.#align(this.#zero);
  }

  #open(): readonly [Playhead, ...Playhead[]] {
    const { pool } = this.#options;
    const push = (frame: Frame) => this.stream.push(frame);
    const [video, audio] = this.#tracks;
    const picture = new Playhead(this.#clip.video, { track: video!, pool, push });
    if (!this.#clip.audio) return [picture];
    return [picture, new Playhead(this.#clip.audio, { track: audio!, pool, push })];
  }

  #align(zero: number): void {
    const { wheel } = this.#options;
    for (const head of this.#heads) head.align(this.#epoch - wheel.offset, zero, wheel.offset);
  }

  #seek(now: number, which: 'last' | 'next'): void {
    const time = this.#heads[0].keyTime(now, which);
    for (const head of this.#heads) head.seek(time);
  }

  #earliest(): Playhead {
    return this.#heads.reduce((first, head) => (head.due < first.due ? head : first));
  }

  #publishUntil(now: number): void {
    for (let head = this.#earliest(); head.due <= now; head = this.#earliest()) head.publish();
  }
}

function tracksOf({ video, audio }: Clip): readonly Track[] {
  const first: Track = { id: 1, kind: 'video', format: video.format };
  return audio ? [first, { id: 2, kind: 'audio', format: audio.format }] : [first];
}

/** Tells when a reader comes, before it is attached. */
class WatchedStream extends MediaStream {
  readonly #onAttach: () => void;

  constructor(onAttach: () => void) {
    super({
      stamp: (frame, previous) => {
        if (previous) previous.duration = frame.dts - previous.dts;
      },
    });
    this.#onAttach = onAttach;
  }

  override attach(reader: Reader, cached: boolean): () => void {
    this.#onAttach();
    return super.attach(reader, cached);
  }
}
