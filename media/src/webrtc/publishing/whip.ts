import { codecByRtpName } from '../../codecs/index.ts';
import { payloadOf } from '../../rtp/index.ts';
import {
  type AcceptedMedia,
  formatAnswer,
  type HostCandidate,
  type OfferedCodec,
  type OfferedMedia,
  parseOffer,
} from '../description/index.ts';
import type { IncomingFormat } from '../receive/index.ts';
import { Publishing, type PublishingEvents, type PublishingSurroundings } from './publishing.ts';

export interface WhipRequest {
  /** SDP of a peer that wants to send. */
  readonly offer: string;
  /** Where the peer reaches us. */
  readonly candidates: readonly HostCandidate[];
  readonly events: PublishingEvents;
}

/** A track that a publisher was told to send, as SDP describes it. */
export interface PublishedTrack {
  readonly kind: 'video' | 'audio';
  readonly payloadType: number;
  /** As in rtpmap. */
  readonly encodingName: string;
  readonly clockRate: number;
  readonly channels: number;
  /** Names in lower case. */
  readonly fmtp: ReadonlyMap<string, string>;
}

export interface WhipAnswer {
  readonly publishing: Publishing;
  /** SDP. */
  readonly answer: string;
  /** In the order of the track indexes of {@link PublishingEvents}: video first. */
  readonly tracks: readonly PublishedTrack[];
}

/** A publisher offers nothing that can be used; `message` says why, for people. */
export class NothingToReceiveError extends Error {}

const CNAME = 'nightjar';
/** Feedback that is given; of what is offered no other is taken up. */
const GIVEN: ReadonlySet<string> = new Set(['nack', 'nack pli', 'goog-remb']);
const PROTOCOLS: ReadonlySet<string> = new Set(['UDP/TLS/RTP/SAVPF', 'TCP/TLS/RTP/SAVPF']);

const LEVEL_ID = 'profile-level-id';
/** 5.2: nothing here decodes, so no level is too high. */
const HIGHEST_LEVEL = '34';

interface Choice {
  readonly media: OfferedMedia;
  readonly codec: OfferedCodec;
  readonly rtx: OfferedCodec | undefined;
  readonly kind: 'video' | 'audio';
}

/**
 * Answers a WHIP offer (RFC 9725): of the first sending section of each kind the first coding that can be used.
 * A picture that cannot be used is not published as sound alone. Throws OfferError and NothingToReceiveError.
 */
export function answerWhip(request: WhipRequest, around: PublishingSurroundings): WhipAnswer {
  const offer = parseOffer(request.offer);
  const choices = (['video', 'audio'] as const).flatMap((kind) => {
    const media = offer.media.find((one) => one.kind === kind && isSending(one));
    return media ? [choose(kind, media)] : [];
  });
  if (choices.length === 0) throw new NothingToReceiveError('the offer has no media to send');
  const publishing = new Publishing(around, choices.map(incoming), request.events, CNAME);
  publishing.transport.expect(offer.fingerprints);
  const { ice, fingerprint } = publishing.transport;
  const facts = { sessionId: String(around.random32()), ice, fingerprint, candidates: request.candidates };
  return {
    publishing,
    answer: formatAnswer(offer, { ...facts, accepted: choices.map(accepted) }),
    tracks: choices.map(({ kind, codec: { payloadType, name, clockRate, channels, fmtp } }) => ({
      kind,
      payloadType,
      encodingName: name,
      clockRate,
      channels,
      fmtp,
    })),
  };
}

function isSending({ rejected, direction, protocol }: OfferedMedia): boolean {
  return !rejected && PROTOCOLS.has(protocol) && (direction === 'sendonly' || direction === 'sendrecv');
}

function choose(kind: Choice['kind'], media: OfferedMedia): Choice {
  const codec = media.codecs.find((one) => {
    const known = codecByRtpName(one.name);
    if (known?.kind !== kind || !payloadOf(known)) return false;
    return kind === 'video' || known.formatFromSdp(one) !== undefined;
  });
  if (!codec) {
    const offered = [...new Set(media.codecs.map(({ name }) => name))].join(', ');
    throw new NothingToReceiveError(`none of the ${kind} codecs offered can be used: ${offered}`);
  }
  const rtx = media.codecs.find(
    ({ name, fmtp }) => name.toLowerCase() === 'rtx' && Number(fmtp.get('apt')) === codec.payloadType,
  );
  return { kind, media, codec, rtx };
}

function incoming({ kind, codec, rtx }: Choice): IncomingFormat {
  const { payloadType, clockRate, feedback } = codec;
  return {
    kind,
    payloadType,
    clockRate,
    rtx: rtx?.payloadType,
    nack: feedback.includes('nack'),
    pli: feedback.includes('nack pli'),
  };
}

function accepted({ media, codec, rtx }: Choice): AcceptedMedia {
  // What the peer says of its own stream is not repeated.
  const ours = [...codec.fmtp].filter(([name]) => !name.startsWith('sprop-'));
  const parameters = ours.map(([name, value]) => {
    return value ? `${name}=${name === LEVEL_ID ? anyLevel(codec.fmtp, value) : value}` : name;
  });
  return {
    mid: media.mid,
    direction: 'recvonly',
    codecs: [
      { ...codec, fmtp: parameters.join(';'), feedback: codec.feedback.filter((one) => GIVEN.has(one)) },
      ...(rtx ? [{ ...rtx, fmtp: `apt=${codec.payloadType}`, feedback: [] }] : []),
    ],
    extensions: [],
    source: undefined,
  };
}

/** The offered H.264 profile with the level that we take, where it may differ from the peer's (RFC 6184 8.2.2). */
function anyLevel(fmtp: ReadonlyMap<string, string>, levelId: string): string {
  return fmtp.get('level-asymmetry-allowed') === '1' ? `${levelId.slice(0, 4)}${HIGHEST_LEVEL}` : levelId;
}
