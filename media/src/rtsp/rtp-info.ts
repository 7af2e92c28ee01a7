import { parseRtpInfo, type RtpInfo } from './wire/headers.ts';

/** Where the media of a track begins, as far as the server tells. */
export interface RtspTrackStart {
  readonly trackIndex: number;
  /** Sequence number of the first packet. */
  readonly seq: number | undefined;
  /** RTP time that corresponds to the start of the range. */
  readonly rtptime: number | undefined;
  readonly ssrc: number | undefined;
}

const UNKNOWN = { seq: undefined, rtptime: undefined, ssrc: undefined };

/**
 * Assigns the entries of an `RTP-Info` value to the tracks by their control address, or by position when
 * there are as many entries as tracks. Sequence numbers 0 and 1 are invented by several cameras and left out.
 */
export function matchRtpInfo(
  value: string | undefined,
  trackUrls: readonly string[],
): readonly RtspTrackStart[] {
  const entries = parseRtpInfo(value);
  return trackUrls.map((url, trackIndex) => {
    const named = entries.find((entry) => sameTrack(entry.url, url));
    const entry = named ?? (entries.length === trackUrls.length ? entries[trackIndex] : undefined);
    return { trackIndex, ...(entry ? known(entry) : UNKNOWN) };
  });
}

function known({ seq, rtptime, ssrc }: RtpInfo) {
  return { seq: seq !== undefined && seq > 1 ? seq : undefined, rtptime, ssrc };
}

/** Entries may be absolute, without a host, or only the last part. */
function sameTrack(named: string, url: string): boolean {
  const bare = named.replace(/^rtsps?:\/\/[^/]*/i, '').replace(/^\/+/, '');
  return bare !== '' && (url === named || url.endsWith(`/${bare}`));
}
