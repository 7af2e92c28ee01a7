import type { Track } from '../../stream/index.ts';
import type { PacketizedFrame } from './packets.ts';

/** Takes the packets of a stream. Calls are synchronous and must not throw. */
export interface FeedReader {
  onFrame(lane: FeedLane, frame: PacketizedFrame): void;
  /** Nothing follows. */
  onEnd(end: FeedEnd): void;
}

/** Why a feed ended: for good, because its tracks are others now, or because its pictures are reordered. */
export type FeedEnd = 'ended' | 'tracks_changed' | 'reordered';

/** One track of a feed. */
export interface FeedLane {
  readonly track: Track;
  /** Frames since the last key frame, for who joins or lost a picture; empty when unknown or above the cap. */
  readonly gop: readonly PacketizedFrame[];
}
