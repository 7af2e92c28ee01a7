import type { TagSink } from '../../flv/index.ts';
import type { RtmpTarget } from '../url.ts';

/** Who asks for what. */
export interface RtmpRequest extends RtmpTarget {
  /** Network address of the client; '' when unknown. */
  readonly address: string;
  /** What the client calls itself. */
  readonly agent: string;
}

/** The request is refused, in words for whoever set up the client. */
export interface RtmpRefusal {
  readonly refused: string;
}

/** A publisher that was let in: takes its messages. */
export interface RtmpPublication extends TagSink {
  /** The publisher went, or misbehaved. Called once, unless `end` of the client was. */
  close(reason: string): void;
}

/** A viewer that was let in. */
export interface RtmpPlayback {
  /** The client knows that media follows: messages may be written. Called once. */
  start(): void;
  /** The viewer went. Called once, unless `end` of the client was. */
  close(): void;
}

/** The client's side as publications and playbacks see it. */
export interface RtmpPeer {
  /** Bytes written and not yet taken. */
  readonly writableLength: number;
  write(chunk: Buffer): void;
  cork(): void;
  uncork(): void;
  /** Ends the connection, for a reason that the client is told first. */
  end(code: string, description: string): void;
}

export interface SessionHooks {
  readonly publish: (request: RtmpRequest, peer: RtmpPeer) => Promise<RtmpPublication | RtmpRefusal>;
  readonly play: (request: RtmpRequest, peer: RtmpPeer) => Promise<RtmpPlayback | RtmpRefusal>;
}
