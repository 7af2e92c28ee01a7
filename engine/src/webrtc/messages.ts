import type { SampleEntry } from '@nightjar/media/codecs';
import type {
  ConsumeAnswer,
  Fingerprint,
  PublishedTrack,
  RtpCapabilities,
  SenderFigures,
  TransportEnd,
  ViewingEnd,
} from '@nightjar/media/webrtc';

/** A track as it crosses to the worker: its format is made anew from the record. */
export interface PostedTrack {
  readonly id: number;
  readonly kind: 'video' | 'audio';
  readonly codec: string;
  readonly record: Uint8Array;
  readonly entry: SampleEntry;
}

/** A frame as it crosses: its bytes are transferred, not copied. */
export interface PostedFrame {
  readonly type: 'frame';
  readonly feed: string;
  /** Of the tracks posted last. */
  readonly index: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly dts: number;
  readonly pts: number;
  readonly key: boolean;
  readonly arrival: number;
}

export interface WhepCall {
  readonly type: 'whep';
  readonly session: string;
  readonly feed: string;
  readonly offer: string;
  /** The peer is on this machine. */
  readonly local: boolean;
  readonly playoutDelay: { readonly min: number; readonly max: number } | undefined;
}

export interface ConsumeCall {
  readonly type: 'consume';
  readonly session: string;
  readonly feed: string;
  readonly rtpCapabilities: RtpCapabilities;
  readonly local: boolean;
}

/** The peer's certificates are known: DTLS may begin. */
export interface ConnectCall {
  readonly type: 'connect';
  readonly session: string;
  readonly fingerprints: readonly Fingerprint[];
}

export type Call = WhepCall | ConsumeCall | ConnectCall;

/** A peer wants to publish. */
export interface WhipCall {
  readonly type: 'whip';
  readonly session: string;
  readonly offer: string;
  /** The peer is on this machine. */
  readonly local: boolean;
}

/** Tracks a peer does not get, in words. */
export interface LeftOutTrack {
  readonly codec: string;
  readonly reason: string;
}

export interface WhepResult {
  readonly answer: string;
  readonly leftOut: readonly LeftOutTrack[];
}

export interface ConsumeResult {
  readonly transport: ConsumeAnswer['transport'];
  readonly tracks: ConsumeAnswer['tracks'];
  readonly leftOut: readonly LeftOutTrack[];
}

export interface WhipResult {
  readonly answer: string;
  readonly tracks: readonly PublishedTrack[];
}

/** What each call is answered with. */
export interface Results {
  readonly whep: WhepResult;
  readonly consume: ConsumeResult;
  readonly connect: undefined;
  readonly whip: WhipResult;
}

/** Why a call was refused: the request is wrong, the stream cannot go this way, or the session is not there. */
export type CallFault = 'malformed' | 'not_playable' | 'no_session' | 'internal';

export type ToWorker =
  | { readonly type: 'tracks'; readonly feed: string; readonly tracks: readonly PostedTrack[] }
  | PostedFrame
  /** The stream is gone for good: its peers end. */
  | { readonly type: 'end'; readonly feed: string }
  /** Nobody is left who watches it. */
  | { readonly type: 'drop'; readonly feed: string }
  | { readonly type: 'call'; readonly id: number; readonly call: Call }
  | { readonly type: 'end_session'; readonly session: string }
  | { readonly type: 'publish'; readonly id: number; readonly call: WhipCall }
  /** A publisher is to send a key frame. */
  | { readonly type: 'refresh'; readonly session: string }
  | { readonly type: 'end_publisher'; readonly session: string }
  /** Peers are told goodbye and the ports closed: `closed` follows. */
  | { readonly type: 'close' }
  /** The thread may end. */
  | { readonly type: 'exit' };

/** One session's figures, as they are told every 2 s. */
export interface SessionFigures extends SenderFigures {
  readonly session: string;
  readonly protocol: 'udp' | 'tcp' | undefined;
  readonly address: string | undefined;
  /** Bytes received from the peer: rising means that it is there. */
  readonly received: number;
}

export type FromWorker =
  | { readonly type: 'ready'; readonly port: number }
  | { readonly type: 'closed' }
  /** The ports could not be bound; `code` is the system's. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | { readonly type: 'result'; readonly id: number; readonly result: Results[keyof Results] }
  | { readonly type: 'fault'; readonly id: number; readonly fault: CallFault; readonly message: string }
  | { readonly type: 'connected'; readonly session: string }
  | {
      readonly type: 'ended';
      readonly session: string;
      readonly end: ViewingEnd;
      readonly detail: string;
      readonly figures: SenderFigures;
    }
  /** So many frames of a feed are behind it. */
  | { readonly type: 'taken'; readonly feed: string; readonly frames: number }
  | { readonly type: 'figures'; readonly sessions: readonly SessionFigures[] }
  | { readonly type: 'publisher_connected'; readonly session: string }
  /** Packets of a publisher; see `publish/packet-batch.ts`. */
  | { readonly type: 'media'; readonly session: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | {
      readonly type: 'publisher_ended';
      readonly session: string;
      readonly end: TransportEnd;
      readonly detail: string;
    };

/** What a worker is started with. */
export interface WorkerSettings {
  /** 0: any free port. */
  readonly port: number;
  /** '' for every address of the machine. */
  readonly host: string;
  /** Addresses that peers are told besides, or instead where there are any: names or IPs. */
  readonly announced: readonly string[];
}
