import type { Frame, MediaStream, Reader, Track } from '@nightjar/media/stream';

/** Milliseconds after the first picture by which it is known how much of what came was kept by the camera. */
const SETTLED = 1_000;
/** Milliseconds of media after which anything is taken: no camera keeps more, but the host's clock may be set. */
const LONGEST = 10_000;
/** Bytes held meanwhile; a camera that sends more at once is taken as it comes. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * A stream without what was filmed before a moment. Cameras begin with pictures that they kept, seconds of them at
 * once: the picture that came least late tells when the others were filmed. For that the first second is held.
 */
export class FromThenOn {
  readonly #media: Pick<MediaStream, 'attach'>;
  readonly #since: number;
  /** The moment is over: readers have the stream as it is. */
  #begun = false;

  /** `since`: UTC milliseconds. */
  constructor(media: Pick<MediaStream, 'attach'>, since: number) {
    this.#media = media;
    this.#since = since;
  }

  /** As that of a stream; what is held when the reader leaves is given to it before. */
  attach(reader: Reader, cached: boolean): () => void {
    if (this.#begun) return this.#media.attach(reader, cached);
    const begun = () => {
      this.#begun = true;
    };
    const gate = new Gate(reader, this.#since, begun);
    const detach = this.#media.attach(gate, cached);
    return () => {
      gate.open();
      detach();
    };
  }
}

class Gate implements Reader {
  readonly #reader: Reader;
  readonly #since: number;
  readonly #begun: () => void;
  readonly #held: Frame[] = [];
  #bytes = 0;
  #lead: number | undefined;
  /** Arrival and media milliseconds of the first picture. */
  #first: { readonly arrival: number; readonly at: number } | undefined;
  /** The least UTC milliseconds at which the media clock can have been at 0. */
  #zero = Number.POSITIVE_INFINITY;
  #state: 'settling' | 'waiting' | 'open' = 'settling';

  constructor(reader: Reader, since: number, begun: () => void) {
    this.#reader = reader;
    this.#since = since;
    this.#begun = begun;
  }

  onTracks(tracks: readonly Track[]): void {
    this.open();
    this.#lead = (tracks.find(({ kind }) => kind === 'video') ?? tracks[0])?.id;
    this.#reader.onTracks(tracks);
  }

  onFrame(frame: Frame): void {
    if (this.#state === 'open') {
      this.#reader.onFrame(frame);
      return;
    }
    if (frame.track.id === this.#lead) this.#look(frame);
    if (this.#state === 'waiting') {
      this.#give(frame);
      return;
    }
    frame.slab.retain();
    this.#held.push(frame);
    this.#bytes += frame.end - frame.start;
    const over = this.#first !== undefined && frame.arrival - this.#first.arrival >= SETTLED;
    if (over || this.#bytes > MAX_BYTES) this.open();
  }

  onEnd(): void {
    this.open();
    this.#reader.onEnd();
  }

  /** Gives what is held, from the first key picture on that was filmed since then. */
  open(): void {
    if (this.#state !== 'settling' || this.#held.length === 0) return;
    this.#state = 'waiting';
    for (const frame of this.#held.splice(0)) {
      this.#give(frame);
      frame.slab.release();
    }
  }

  #look(frame: Frame): void {
    this.#first ??= { arrival: frame.arrival, at: mediaMs(frame) };
    this.#zero = Math.min(this.#zero, frame.arrival - mediaMs(frame));
  }

  #give(frame: Frame): void {
    if (this.#state !== 'open' && frame.key && frame.track.id === this.#lead && this.#isLate(frame)) {
      this.#state = 'open';
      this.#begun();
    }
    if (this.#state === 'open') this.#reader.onFrame(frame);
  }

  #isLate(frame: Frame): boolean {
    const at = mediaMs(frame);
    return this.#zero + at >= this.#since || at - (this.#first?.at ?? at) > LONGEST;
  }
}

const mediaMs = ({ dts, track }: Frame): number => (dts * 1000) / track.format.clockRate;
