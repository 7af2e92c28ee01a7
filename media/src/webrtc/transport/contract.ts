import type { Clock } from '../../stream/index.ts';
import type { Fingerprint, Identity } from '../certificate/index.ts';
import type { PacketRun, SrtpProfile } from '../srtp/index.ts';
import type { Path } from './path.ts';

/** Why a transport ended. */
export const TRANSPORT_ENDS = {
  closed: 'We closed it',
  peer_closed: 'The peer said goodbye (DTLS close_notify)',
  gone: 'The peer was not heard from for too long',
  timeout: 'The peer did not connect in time',
  fingerprint: "The peer's certificate is not the one that signalling named",
  handshake: 'The DTLS handshake failed',
} as const;

export type TransportEnd = keyof typeof TRANSPORT_ENDS;

/** `new`: nothing came; `checking`: an address was verified; `connected`: DTLS is done, media may flow. */
export type TransportState = 'new' | 'checking' | 'connected' | 'closed';

/** ICE credentials of one side (RFC 8445 5.3). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** What a transport tells. Calls are synchronous; none comes after `onEnd`. */
export interface TransportEvents {
  /** DTLS is done and the peer is who signalling said: packets can be sent. */
  onConnected(): void;
  /** One authenticated RTP packet in `[start, end)`; the buffer is not used again by the transport. */
  onRtp(b: Buffer, start: number, end: number): void;
  /** One authenticated compound RTCP packet. */
  onRtcp(b: Buffer, start: number, end: number): void;
  /** Once, whoever ended it. `detail` says where and what, for the log. */
  onEnd(end: TransportEnd, detail: string): void;
}

export interface TransportOptions {
  readonly identity: Identity;
  readonly clock: Pick<Clock, 'monotonic' | 'utc' | 'after' | 'every'>;
  readonly events: TransportEvents;
  /** In order of preference; the cheapest for us first when absent. */
  readonly profiles?: readonly SrtpProfile[];
  /** Milliseconds without authenticated STUN after which the peer is gone: 15,000. */
  readonly silence?: number;
  /** Milliseconds from the making until DTLS is done: 30,000. */
  readonly patience?: number;
  /** Random bytes; the machine's generator when absent. */
  readonly random?: (bytes: number) => Buffer;
}

/** ICE-lite, DTLS and SRTP of one peer: plain packets above, datagrams below. */
export interface PeerTransport {
  /** Our credentials, for SDP or the consume answer. */
  readonly ice: IceCredentials;
  readonly fingerprint: Fingerprint;
  readonly state: TransportState;
  /** Negotiated profile, once connected. */
  readonly profile: SrtpProfile | undefined;
  /** The path that packets take: the one the peer nominated, or the first verified one. */
  readonly path: Path | undefined;
  /** Bytes sent and received on the wire, and packets refused (forged, replayed or not understood). */
  readonly counters: { readonly sent: number; readonly received: number; readonly refused: number };

  /** Signalling has named the peer's certificates (any one of them): the handshake may begin. Once. */
  expect(fingerprints: readonly Fingerprint[]): void;

  /**
   * Encrypts and sends one RTP packet: `header` (whole, with CSRCs and extension), then `lead` (such as RTX's
   * original sequence number), then `payload`. None is changed, and none may be changed afterwards. Dropped unless
   * connected, and when the source has sent this sequence number before (RFC 7714 8.4).
   */
  sendRtp(header: Buffer, payload: Buffer, lead?: Buffer): void;
  /**
   * Encrypts and sends the packets of a frame together, which costs far less than one by one. Dropped unless connected,
   * before they are encrypted where the path is full, and those whose numbers the source has sent before.
   */
  sendRun(run: PacketRun): void;
  /**
   * Sends a packet of {@link sendRtp} or {@link sendRun} again, for peers without RTX: header and payload must be the very bytes of
   * then, for others under the same nonce would give the key away.
   */
  resendRtp(header: Buffer, payload: Buffer): void;
  /** Encrypts and sends one compound RTCP packet. Dropped unless connected. */
  sendRtcp(packet: Buffer): void;

  /** Says goodbye and ends. Idempotent. */
  close(): void;
}
