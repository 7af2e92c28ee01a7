import { stampFragment } from '@nightjar/media/mp4';
import { FrameWriter, MediaStream, SlabPool, systemClock, type Track } from '@nightjar/media/stream';
import { type ClipTrack, loadClip } from '@nightjar/media/testing';

interface Lane {
  readonly track: Track;
  readonly clip: ClipTrack;
  readonly writer: FrameWriter;
  next: number;
}

/** A committed clip in a neutral stream, in real time, over and over. */
export class ClipPlayer {
  readonly stream = new MediaStream({ stamp: stampFragment });
  /** Pictures published so far. */
  pictures = 0;
  readonly #began = performance.now();
  readonly #lanes: Lane[];
  readonly #stop: () => void;

  private constructor(lanes: readonly ClipTrack[]) {
    const pool = new SlabPool();
    const push = this.stream.push.bind(this.stream);
    this.#lanes = lanes.map((clip) => {
      const kind = clip.format.codec.kind;
      const track: Track = { id: kind === 'video' ? 1 : 2, kind, format: clip.format };
      return { track, clip, writer: new FrameWriter({ track, pool, clock: systemClock, push }), next: 0 };
    });
    this.stream.setTracks(this.#lanes.map(({ track }) => track));
    this.#stop = systemClock.every(10, () => this.#play());
  }

  /** `name` as `loadClip` takes it. */
  static async start(name = 'yard'): Promise<ClipPlayer> {
    const { video, audio } = await loadClip(name);
    return new ClipPlayer(audio ? [video, audio] : [video]);
  }

  close(): void {
    this.#stop();
    for (const { writer } of this.#lanes) writer.close();
    this.stream.end();
  }

  #play(): void {
    const seconds = (performance.now() - this.#began) / 1000;
    for (const lane of this.#lanes) {
      const { clip, track } = lane;
      while ((lane.next * clip.ticksPerFrame) / track.format.clockRate <= seconds) this.#publish(lane);
    }
  }

  #publish(lane: Lane): void {
    const { clip, writer, track } = lane;
    const { key, units } = clip.frames[lane.next % clip.frames.length]!;
    writer.begin();
    for (const unit of units) {
      if (track.kind === 'video') writer.nal(unit, 0, unit.length);
      else writer.append(unit, 0, unit.length);
    }
    const time = Math.round(lane.next * clip.ticksPerFrame);
    writer.finish(time, time, key);
    lane.next++;
    if (track.kind === 'video') this.pictures++;
  }
}
