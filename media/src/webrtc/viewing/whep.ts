import {
  type AcceptedMedia,
  formatAnswer,
  type HostCandidate,
  type OfferedMedia,
  parseOffer,
} from '../description/index.ts';
import { heardFeedback, PLAYOUT_DELAY, planTracks, type TrackPlan } from '../negotiation/index.ts';
import type { Feed } from '../send/index.ts';
import { Viewing, type ViewingOptions, type ViewingSurroundings } from './viewing.ts';

export interface WhepRequest {
  /** SDP of a peer that wants to receive. */
  readonly offer: string;
  readonly feed: Feed;
  /** Where the peer reaches us. */
  readonly candidates: readonly HostCandidate[];
  /** Milliseconds of jitter buffer that we ask the peer for, in steps of 10; undefined: as it likes. */
  readonly playoutDelay: { readonly min: number; readonly max: number } | undefined;
  readonly onConnected?: () => void;
  readonly onEnd: ViewingOptions['onEnd'];
}

export interface WhepAnswer {
  readonly viewing: Viewing;
  /** SDP. */
  readonly answer: string;
}

const CNAME = 'nightjar';

/**
 * Answers a WHEP offer (draft-ietf-wish-whep): the first receiving section of each kind gets the stream's track.
 * Throws OfferError and NothingToSendError; the caller makes sure that the feed is settled and not reordered.
 */
export function answerWhep(request: WhepRequest, around: ViewingSurroundings): WhepAnswer {
  const offer = parseOffer(request.offer);
  const wanted = new Map<string, OfferedMedia>();
  for (const media of offer.media) {
    const receives = media.direction === 'recvonly' || media.direction === 'sendrecv';
    const secure = media.protocol === 'UDP/TLS/RTP/SAVPF' || media.protocol === 'TCP/TLS/RTP/SAVPF';
    if (!media.rejected && receives && secure && !wanted.has(media.kind)) wanted.set(media.kind, media);
  }
  const { plans, leftOut } = planTracks(
    request.feed.tracks,
    (kind) => wanted.get(kind)?.codecs,
    around.random32,
  );
  const extension = playoutExtension(request, wanted.get('video'));
  const viewing = new Viewing({
    ...around,
    feed: request.feed,
    ...{ plans, leftOut, cname: CNAME, playoutDelay: extension },
    ...(request.onConnected ? { onConnected: request.onConnected } : {}),
    onEnd: request.onEnd,
  });
  viewing.transport.expect(offer.fingerprints);
  const { ice, fingerprint } = viewing.transport;
  const accepted = plans.map((plan) => {
    return acceptedMedia(plan, wanted.get(plan.track.kind)!, extension?.id);
  });
  const sessionId = String(around.random32());
  const reasons = new Map(leftOut.map(({ track, reason }) => [track.kind, reason] as const));
  const facts = { sessionId, ice, fingerprint, candidates: request.candidates, accepted, reasons };
  return { viewing, answer: formatAnswer(offer, facts) };
}

/** Numbers above 14 need the two-byte form, which nobody offers here. */
function playoutExtension({ playoutDelay }: WhepRequest, video: OfferedMedia | undefined) {
  const id = video?.extensions.get(PLAYOUT_DELAY);
  if (!playoutDelay || id === undefined || id < 1 || id > 14) return undefined;
  const steps = (ms: number): number => Math.min(4095, Math.max(0, Math.round(ms / 10)));
  return {
    id,
    min: steps(playoutDelay.min),
    max: Math.max(steps(playoutDelay.min), steps(playoutDelay.max)),
  };
}

function acceptedMedia(plan: TrackPlan, media: OfferedMedia, playoutId: number | undefined): AcceptedMedia {
  const { choice, track, ssrc, rtxSsrc } = plan;
  const { codec, rtx } = choice;
  const playout = track.kind === 'video' && playoutId !== undefined;
  return {
    mid: media.mid,
    direction: 'sendonly',
    codecs: [
      { ...codec, fmtp: choice.fmtp, feedback: heardFeedback(codec.feedback) },
      ...(rtx ? [{ ...rtx, fmtp: `apt=${codec.payloadType}`, feedback: [] }] : []),
    ],
    extensions: playout ? [{ uri: PLAYOUT_DELAY, id: playoutId }] : [],
    source: { ssrc, rtxSsrc, cname: CNAME, streamId: CNAME, trackId: `${CNAME}-${track.kind}` },
  };
}
