import type { ConsumedTrack } from '@nightjar/media/webrtc';
import type { Viewer } from '../viewers/index.ts';
import type { SessionFigures } from './messages.ts';

/** In the words of the consume flow: signalled, DTLS done, over. */
export type SessionState = 'CONNECTING' | 'CONNECTED' | 'CLOSED';

/** One peer of one stream, as the main thread knows it. Times are UTC milliseconds. */
export interface PeerSession {
  /** Unguessable: who knows it and may watch its stream may end it. */
  readonly id: string;
  readonly kind: 'whep' | 'consume';
  readonly streamId: string;
  /** Whose frames it is sent: the stream's, or its original's. */
  readonly feed: string;
  /** Who made it, `kind:id`. */
  readonly who: string;
  readonly viewer: Viewer;
  readonly created: number;
  state: SessionState;
  connected: number | undefined;
  closed: number | undefined;
  lastSeen: number;
  /** Why it is closed, for people. */
  reason: string | undefined;
  /** Of the consume flow. */
  tracks: readonly ConsumedTrack[];
  figures: SessionFigures | undefined;
}
