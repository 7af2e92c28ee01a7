import type { Fingerprint } from '../certificate/index.ts';
import type { IceCredentials } from '../transport/index.ts';
import { formatCandidate, type HostCandidate } from './candidate.ts';
import type { Offer, OfferedMedia } from './offer.ts';

/** A section of the offer that we take, and what we do with it. */
export interface AcceptedMedia {
  readonly mid: string;
  readonly direction: 'sendonly' | 'recvonly';
  /** The chosen payload type first, then that of its repair. */
  readonly codecs: readonly AnsweredCodec[];
  readonly extensions: readonly { readonly uri: string; readonly id: number }[];
  /** What we send; undefined when we receive. */
  readonly source: AnsweredSource | undefined;
}

export interface AnsweredCodec {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  /** fmtp value, '' for none. */
  readonly fmtp: string;
  readonly feedback: readonly string[];
}

export interface AnsweredSource {
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly cname: string;
  /** Tracks of one stream are played in step (RFC 8830). */
  readonly streamId: string;
  readonly trackId: string;
}

export interface AnswerFacts {
  /** Numeric session id (RFC 8866 5.2). */
  readonly sessionId: string;
  readonly ice: IceCredentials;
  readonly fingerprint: Fingerprint;
  readonly candidates: readonly HostCandidate[];
  readonly accepted: readonly AcceptedMedia[];
  /** Why the stream's track of a kind is not sent, told in the section that is refused. */
  readonly reasons?: ReadonlyMap<string, string>;
}

/**
 * Writes the answer to an offer (RFC 8829 5.3.1): ICE-lite, `setup:passive`, everything in one bundle, all
 * candidates inline. Sections that are not accepted get port 0. Lines end in CR LF.
 */
export function formatAnswer(offer: Offer, facts: AnswerFacts): string {
  const bundled = offer.media.flatMap(({ mid }) =>
    facts.accepted.some((one) => one.mid === mid) ? [mid] : [],
  );
  const lines = [
    'v=0',
    `o=- ${facts.sessionId} 1 IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    'a=ice-lite',
    ...(bundled.length > 0 ? [`a=group:BUNDLE ${bundled.join(' ')}`] : []),
    'a=msid-semantic: WMS *',
    ...offer.media.flatMap((media) => {
      const accepted = facts.accepted.find(({ mid }) => mid === media.mid);
      return accepted ? section(media, accepted, facts) : refused(media, facts.reasons?.get(media.kind));
    }),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** The reason stands in the line that is for people (RFC 8866 5.4). */
function refused({ kind, protocol, formats, mid }: OfferedMedia, reason: string | undefined): string[] {
  return [
    `m=${kind} 0 ${protocol} ${formats[0]}`,
    ...(reason === undefined ? [] : [`i=${reason.replace(/[\0\r\n]/g, ' ')}`]),
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    'a=inactive',
  ];
}

function section(media: OfferedMedia, accepted: AcceptedMedia, facts: AnswerFacts): string[] {
  const { codecs, extensions, source, direction } = accepted;
  const types = codecs.map(({ payloadType }) => payloadType).join(' ');
  return [
    `m=${media.kind} 9 ${media.protocol} ${types}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    `a=ice-ufrag:${facts.ice.ufrag}`,
    `a=ice-pwd:${facts.ice.password}`,
    `a=fingerprint:${facts.fingerprint.algorithm} ${facts.fingerprint.value}`,
    'a=setup:passive',
    `a=mid:${media.mid}`,
    ...extensions.map(({ uri, id }) => `a=extmap:${id} ${uri}`),
    `a=${direction}`,
    ...(source ? [`a=msid:${source.streamId} ${source.trackId}`] : []),
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...codecs.flatMap(codecLines),
    ...(source ? sourceLines(source) : []),
    ...facts.candidates.map((candidate) => `a=${formatCandidate(candidate)}`),
    'a=end-of-candidates',
  ];
}

function codecLines({ payloadType, name, clockRate, channels, fmtp, feedback }: AnsweredCodec): string[] {
  return [
    `a=rtpmap:${payloadType} ${name}/${clockRate}${channels > 1 ? `/${channels}` : ''}`,
    ...feedback.map((value) => `a=rtcp-fb:${payloadType} ${value}`),
    ...(fmtp === '' ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
  ];
}

/** The primary source comes first: browsers take the first one they read for it, whatever the group says. */
function sourceLines({ ssrc, rtxSsrc, cname, streamId, trackId }: AnsweredSource): string[] {
  const about = (one: number): string[] => [
    `a=ssrc:${one} cname:${cname}`,
    `a=ssrc:${one} msid:${streamId} ${trackId}`,
  ];
  if (rtxSsrc === undefined) return about(ssrc);
  return [`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`, ...about(ssrc), ...about(rtxSsrc)];
}
