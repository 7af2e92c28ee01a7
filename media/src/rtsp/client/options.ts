import type { Sdp } from '../../sdp/index.ts';
import type { Clock } from '../../stream/index.ts';
import type { RtspSink } from '../channel-map.ts';
import type { Connect } from '../connection.ts';
import type { RtspTransport } from '../errors.ts';
import type { KeepAliveHabit } from '../keep-alive.ts';
import type { Credentials, RtspUrl } from '../wire/url.ts';
import type { OpenUdp } from './udp-track.ts';

export interface RtspClientOptions {
  readonly url: RtspUrl;
  /** Used instead of those of `url`. */
  readonly credentials?: Credentials | undefined;
  readonly connect: Connect;
  readonly sink: RtspSink;
  /** `tcp` when absent. `udp` needs {@link openUdp}; for `http` the address has the HTTP port. See `TransportChoice` for cameras that know one only. */
  readonly transport?: RtspTransport;
  readonly openUdp?: OpenUdp | undefined;
  /** Shared by all clients of the process; larger than what a camera sends between two reads. */
  readonly readBuffer: Buffer;
  readonly clock?: Clock;
  /** Unpredictable bytes, as `crypto.randomBytes`. */
  readonly random: (size: number) => Buffer;
  /** Aborting is closing: pending calls reject with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The connection was lost. Called at most once, and not for what `close()` or `signal` did. */
  readonly onClose?: (error: unknown) => void;
  readonly userAgent?: string;
  /** How the camera's sessions are kept alive, learnt from one to the next. */
  readonly keepAlive?: KeepAliveHabit | undefined;
  /**
   * Milliseconds; 5 s to connect, 10 s for each answer when absent. `firstPacketMs`: from PLAY to the first packet,
   * 5 s over UDP and unlimited otherwise.
   */
  readonly timeouts?: {
    readonly connectMs?: number;
    readonly requestMs?: number;
    readonly firstPacketMs?: number;
  };
}

export interface RtspDescription {
  readonly sdp: Sdp;
  /** What controls are relative to, after redirects and `Content-Base`; without credentials. */
  readonly baseUrl: string;
}
