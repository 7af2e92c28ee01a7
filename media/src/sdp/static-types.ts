/** What an rtpmap says, for payload types that have none. */
export interface RtpMap {
  readonly encodingName: string;
  /** Hz; 0 when unknown. */
  readonly clockRate: number;
  readonly channels: number;
}

/** Static payload types (RFC 3551 6), and 35, on which Bosch cameras send H.264 without an rtpmap. */
export const STATIC_TYPES: ReadonlyMap<number, RtpMap> = new Map([
  [0, { encodingName: 'PCMU', clockRate: 8000, channels: 1 }],
  [3, { encodingName: 'GSM', clockRate: 8000, channels: 1 }],
  [4, { encodingName: 'G723', clockRate: 8000, channels: 1 }],
  [8, { encodingName: 'PCMA', clockRate: 8000, channels: 1 }],
  [9, { encodingName: 'G722', clockRate: 8000, channels: 1 }],
  [10, { encodingName: 'L16', clockRate: 44100, channels: 2 }],
  [11, { encodingName: 'L16', clockRate: 44100, channels: 1 }],
  [14, { encodingName: 'MPA', clockRate: 90000, channels: 1 }],
  [18, { encodingName: 'G729', clockRate: 8000, channels: 1 }],
  [26, { encodingName: 'JPEG', clockRate: 90000, channels: 1 }],
  [32, { encodingName: 'MPV', clockRate: 90000, channels: 1 }],
  [33, { encodingName: 'MP2T', clockRate: 90000, channels: 1 }],
  [35, { encodingName: 'H264', clockRate: 90000, channels: 1 }],
]);

/** Clock rate of encodings that have only one, for an rtpmap without it. Names in upper case. */
const FIXED_RATES: ReadonlyMap<string, number> = new Map([
  ['PCMU', 8000],
  ['PCMA', 8000],
  ['G722', 8000],
  ['MPA', 90000],
  ['MP2T', 90000],
  ['OPUS', 48000],
]);

/**
 * The clock rate of an rtpmap that names `named`, 0 for none: what it names, else by encoding, 90000 for video,
 * else 0 (unknown). Opus counts at 48 kHz whatever cameras write (RFC 7587 4.1, quirk 52).
 */
export function clockRateOf(kind: string, encodingName: string, named: number): number {
  const encoding = encodingName.toUpperCase();
  const rate = encoding === 'OPUS' ? 0 : named;
  return rate || (FIXED_RATES.get(encoding) ?? (kind === 'video' ? 90000 : 0));
}
