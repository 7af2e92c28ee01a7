import { type Frame, MediaStream, SlabPool } from '../../stream/index.ts';

/** A stream that tests read: what a session made of what it got. */
export class Received {
  readonly stream = new MediaStream({ stamp: () => undefined });
  readonly pool = new SlabPool();
  readonly told: string[] = [];
  readonly tracks: string[][] = [];
  readonly frames: { kind: string; key: boolean; dts: number; pts: number; bytes: number }[] = [];

  constructor() {
    this.stream.attach(
      {
        onTracks: (tracks) => this.tracks.push(tracks.map(({ format }) => format.codecString)),
        onFrame: ({ track, key, dts, pts, payload, end }: Frame) => {
          const rate = track.format.clockRate;
          this.frames.push({ kind: track.kind, key, dts: dts / rate, pts: pts / rate, bytes: end - payload });
        },
        onEnd: () => undefined,
      },
      false,
    );
  }

  /** What a session asks for; its clock stands still but for what the test moves. */
  options(clock: { monotonic(): number; utc(): number }) {
    return {
      stream: this.stream,
      pool: this.pool,
      clock,
      zero: clock.monotonic(),
      onReady: () => this.told.push('ready'),
      onLive: () => this.told.push('live'),
    };
  }

  of(kind: 'video' | 'audio') {
    return this.frames.filter((frame) => frame.kind === kind);
  }
}
