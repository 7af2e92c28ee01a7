import type { AudioFormat, Format } from '../codecs/index.ts';
import type { Track } from '../stream/index.ts';

/** What our own server describes. */
export interface SdpOffer {
  /** Session name; control characters are left out. */
  readonly name: string;
  /** Numeric origin identifier, unique for the session (RFC 8866 5.2). */
  readonly sessionId: string;
  readonly tracks: readonly SdpOfferTrack[];
}

export interface SdpOfferTrack {
  readonly track: Track;
  readonly payloadType: number;
  /** `a=control`, relative to the base address. */
  readonly control: string;
}

/** The session description of a live presentation that is played over RTSP. Lines end in CR LF. */
export function formatSdp(offer: SdpOffer): string {
  const lines = [
    'v=0',
    `o=- ${offer.sessionId} 1 IN IP4 0.0.0.0`,
    `s=${cleanLine(offer.name) || '-'}`,
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    ...offer.tracks.flatMap(formatMedia),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function formatMedia({ track, payloadType, control }: SdpOfferTrack): string[] {
  const { format, kind } = track;
  const { codec, clockRate } = format;
  const count = codec.rtp.channels ?? (isAudio(format, kind) ? format.channels : 1);
  const channels = count > 1 ? `/${count}` : '';
  const fmtp = cleanLine(codec.fmtp(format));
  return [
    `m=${kind} 0 RTP/AVP ${payloadType}`,
    `a=rtpmap:${payloadType} ${codec.rtp.encodingName}/${clockRate}${channels}`,
    ...(fmtp === '' ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
    `a=control:${control}`,
  ];
}

function isAudio(format: Format, kind: Track['kind']): format is AudioFormat {
  return kind === 'audio' && 'channels' in format;
}

function cleanLine(text: string): string {
  return text.replace(/[\0\r\n]/g, '').trim();
}
