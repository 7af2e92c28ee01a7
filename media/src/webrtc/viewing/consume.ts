import type { Fingerprint } from '../certificate/index.ts';
import type { HostCandidate } from '../description/index.ts';
import {
  offeredOf,
  planTracks,
  type RtpCapabilities,
  type RtpParameters,
  rtpParametersOf,
} from '../negotiation/index.ts';
import type { Feed } from '../send/index.ts';
import { Viewing, type ViewingOptions, type ViewingSurroundings } from './viewing.ts';

export interface ConsumeRequest {
  /** `device.recvRtpCapabilities` of mediasoup-client. */
  readonly rtpCapabilities: RtpCapabilities;
  readonly feed: Feed;
  readonly candidates: readonly HostCandidate[];
  readonly onConnected?: () => void;
  readonly onEnd: ViewingOptions['onEnd'];
}

/** What `device.createRecvTransport` of mediasoup-client takes, but for its id. */
export interface ConsumeTransport {
  readonly iceParameters: {
    readonly usernameFragment: string;
    readonly password: string;
    readonly iceLite: true;
  };
  readonly iceCandidates: readonly {
    readonly foundation: string;
    readonly priority: number;
    readonly ip: string;
    readonly address: string;
    readonly protocol: 'udp' | 'tcp';
    readonly port: number;
    readonly type: 'host';
    readonly tcpType?: 'passive';
  }[];
  readonly dtlsParameters: { readonly role: 'auto'; readonly fingerprints: readonly Fingerprint[] };
}

export interface ConsumedTrack {
  readonly kind: 'video' | 'audio';
  readonly rtpParameters: RtpParameters;
}

export interface ConsumeAnswer {
  readonly viewing: Viewing;
  readonly transport: ConsumeTransport;
  /** Video first; all on the one transport. */
  readonly tracks: readonly ConsumedTrack[];
}

/**
 * Makes a transport and its consumers in mediasoup's shape; DTLS begins with `viewing.transport.expect`. Throws
 * NothingToSendError; the caller makes sure that the feed is settled and not reordered.
 */
export function answerConsume(request: ConsumeRequest, around: ViewingSurroundings): ConsumeAnswer {
  const { feed, rtpCapabilities, candidates } = request;
  const offered = (kind: 'video' | 'audio') => offeredOf(rtpCapabilities, kind);
  const { plans, leftOut } = planTracks(feed.tracks, offered, around.random32);
  const cname = 'nightjar';
  const viewing = new Viewing({
    ...around,
    ...{ feed, plans, leftOut, cname, playoutDelay: undefined },
    ...(request.onConnected ? { onConnected: request.onConnected } : {}),
    onEnd: request.onEnd,
  });
  const { ice, fingerprint } = viewing.transport;
  return {
    viewing,
    transport: {
      iceParameters: { usernameFragment: ice.ufrag, password: ice.password, iceLite: true },
      iceCandidates: candidates.map(candidateOf),
      dtlsParameters: { role: 'auto', fingerprints: [fingerprint] },
    },
    tracks: plans.map((plan, index) => ({
      kind: plan.track.kind,
      rtpParameters: rtpParametersOf(plan, String(index), cname),
    })),
  };
}

function candidateOf({ foundation, priority, address, protocol, port }: HostCandidate) {
  const tcp = protocol === 'tcp' ? { tcpType: 'passive' as const } : {};
  return { foundation, priority, ip: address, address, protocol, port, type: 'host' as const, ...tcp };
}
