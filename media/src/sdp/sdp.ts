import type { SdpFacts } from '../codecs/index.ts';

export type SdpDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One media section (RFC 8866 5.14), described by its first payload type. Also what a codec reads. */
export interface SdpMedia extends SdpFacts {
  /** Position among the media sections. */
  readonly index: number;
  /** `video`, `audio`, `application`, or whatever the camera invented; lower case. */
  readonly kind: string;
  /** 0 when absent or unreadable. */
  readonly port: number;
  /** Upper case, for example `RTP/AVP`. */
  readonly proto: string;
  readonly payloadTypes: readonly number[];
  /** The first of them, which the section is described by. */
  readonly payloadType: number | undefined;
  /** As written in rtpmap or known for a static payload type; '' when unknown. Compare case-insensitively. */
  readonly encodingName: string;
  /** Hz; 0 when it is neither named nor fixed for the encoding. */
  readonly clockRate: number;
  readonly channels: number;
  /** Names in lower case; values as written. */
  readonly fmtp: ReadonlyMap<string, string>;
  /** `a=control`, undefined when absent or empty. */
  readonly control: string | undefined;
  readonly direction: SdpDirection;
}

/** A session description. */
export interface Sdp {
  /** The first `s=`, '' when absent. */
  readonly sessionName: string;
  /** Session-level `a=control`. */
  readonly control: string | undefined;
  readonly media: readonly SdpMedia[];
}
