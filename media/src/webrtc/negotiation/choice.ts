import { type AudioFormat, type Format, isH264, isH265, parseH265Sps } from '../../codecs/index.ts';
import type { Track } from '../../stream/index.ts';
import type { OfferedCodec } from '../description/index.ts';
import { h264Profile, profileDistance } from './h264-profile.ts';

/** How a track goes to a peer. */
export interface CodecChoice {
  readonly codec: OfferedCodec;
  /** The peer's payload type for packets sent again (RFC 4588); undefined when it has none. */
  readonly rtx: OfferedCodec | undefined;
  /** The fmtp of our answer. */
  readonly fmtp: string;
}

/** The peer has no decoder for the track; `reason` is for people. */
export interface NoChoice {
  readonly reason: string;
}

/** Picks the best of what a peer takes for a track. */
export function chooseCodec(track: Track, offered: readonly OfferedCodec[]): CodecChoice | NoChoice {
  const { format } = track;
  const { codec: own } = format;
  const name = own.rtp.encodingName.toUpperCase();
  const candidates = offered.filter((one) => one.name.toUpperCase() === name && fits(format, one));
  const best = candidates
    .map((codec) => ({ codec, distance: distance(format, codec) }))
    .filter((one): one is { codec: OfferedCodec; distance: number } => one.distance !== undefined)
    .sort((a, b) => a.distance - b.distance)[0]?.codec;
  if (!best) return { reason: `the peer takes no ${own.name} like this (${format.codecString})` };
  return { codec: best, rtx: rtxOf(best, offered), fmtp: answeredFmtp(format, best) };
}

/** Sound must be exactly what was offered: nobody resamples here. */
function fits(format: Format, offered: OfferedCodec): boolean {
  if (format.codec.kind === 'video') return offered.clockRate === format.clockRate;
  const channels = format.codec.rtp.channels ?? (format as AudioFormat).channels;
  return offered.clockRate === format.clockRate && offered.channels === channels;
}

/** 0 is the best; undefined: the peer cannot play it. */
function distance(format: Format, offered: OfferedCodec): number | undefined {
  if (isH264(format)) {
    // RFC 6184 8.1: absent means mode 0, which has no fragments, and Baseline.
    if (offered.fmtp.get('packetization-mode') !== '1') return undefined;
    const theirs = h264Profile(offered.fmtp.get('profile-level-id') ?? '42000a');
    return profileDistance(h264Profile(levelId(format)), theirs);
  }
  if (isH265(format)) {
    const profile = parseH265Sps(format.sps[0]!).profile.idc;
    return Number(offered.fmtp.get('profile-id') ?? 1) === profile ? 0 : undefined;
  }
  return 0;
}

/** The first three bytes of the SPS, which are the avcC's too. */
const levelId = (format: Format): string => format.record.toString('hex', 1, 4);

function answeredFmtp(format: Format, { fmtp }: OfferedCodec): string {
  if (!isH264(format)) return [...fmtp].map(([name, value]) => (value ? `${name}=${value}` : name)).join(';');
  // The offered profile must be repeated (RFC 6184 8.2.2), the level is ours to name.
  const profile = (fmtp.get('profile-level-id') ?? '42000a').slice(0, 4);
  const level = levelId(format).slice(4);
  return `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profile}${level}`;
}

function rtxOf(codec: OfferedCodec, offered: readonly OfferedCodec[]): OfferedCodec | undefined {
  return offered.find(
    (one) => one.name.toLowerCase() === 'rtx' && Number(one.fmtp.get('apt')) === codec.payloadType,
  );
}

/** Header extension with which a sender asks for a small jitter buffer. */
export const PLAYOUT_DELAY = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay';

/** RTCP feedback that is heard; offered feedback that is not among it is left out of an answer. */
const HEARD: ReadonlySet<string> = new Set(['nack', 'nack pli', 'ccm fir', 'goog-remb']);

export const heardFeedback = (feedback: readonly string[]): string[] =>
  feedback.filter((value) => HEARD.has(value));
