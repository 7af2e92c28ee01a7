import type { StreamFault, Transport } from '@nightjar/contract';
import type { DesiredSource } from '@nightjar/contract/link';
import type { Clock, MediaStream, SlabPool } from '@nightjar/media/stream';
import type { SeenCertificate } from './trust.ts';

/** Why a run of a source ended, in the closed list of faults and in words without credentials. */
export class SourceError extends Error {
  readonly fault: StreamFault;
  /** Pulled sources are tried again after a pause; one that waits to be published to waits again at once. */
  readonly again: 'later' | 'at once' | 'never';

  constructor(fault: StreamFault, message: string, again: SourceError['again'] = 'later') {
    super(message);
    this.fault = fault;
    this.again = again;
  }
}

/** What a run received so far; rises only. */
export interface SourceCounters {
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  /** Frames given up on the way in. */
  readonly dropped: number;
}

export interface SourceOptions {
  readonly source: DesiredSource;
  readonly stream: MediaStream;
  readonly pool: SlabPool;
  readonly clock: Clock;
  /** Monotonic milliseconds of the stream's media zero. */
  readonly zero: number;
  /** The tracks are known. */
  readonly onReady: () => void;
  /** The first key frame was published. */
  readonly onLive: () => void;
  /** A certificate was shown that is not the one of `source.tls_pin`. */
  readonly onCertificate?: ((seen: SeenCertificate) => void) | undefined;
  readonly signal: AbortSignal;
}

/** One connection to a camera: dies once, and the supervisor makes another. */
export interface SourceRun {
  readonly counters: SourceCounters;
  /** How the media travels, where there is a choice and it was made. */
  readonly transport?: Transport | undefined;
  /**
   * Datagrams behind which others may have been left waiting in their socket; rises until the next connection. Where it
   * is not told, behind any of those that came.
   */
  readonly mayWait?: number | undefined;
  /** Seconds by which the camera's clock is ahead of ours, as it tells itself. */
  readonly clockSkew?: number | undefined;
  /** Rejects with a SourceError when the source is lost, or with the signal's reason; never resolves. */
  run(): Promise<never>;
}

export type StartSource = (options: SourceOptions) => SourceRun;
