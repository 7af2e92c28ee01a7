/** Kinds of H.264 that decoders tell apart (RFC 6184 8.1 table 5); levels do not matter to them. */
export type H264Profile =
  | 'constrained-baseline'
  | 'baseline'
  | 'main'
  | 'constrained-high'
  | 'high'
  | 'other';

/** Streams of the first are played by decoders of any of the following, best first. */
const PLAYED_BY: Readonly<Record<H264Profile, readonly H264Profile[]>> = {
  'constrained-baseline': ['constrained-baseline', 'baseline', 'main', 'constrained-high', 'high'],
  baseline: ['baseline', 'constrained-baseline', 'main', 'high'],
  main: ['main', 'high', 'constrained-high', 'constrained-baseline', 'baseline'],
  'constrained-high': ['constrained-high', 'high', 'main', 'constrained-baseline', 'baseline'],
  high: ['high', 'constrained-high', 'main', 'constrained-baseline', 'baseline'],
  other: [],
};

/** The profile of a `profile-level-id`, six hexadecimal digits: profile_idc, constraint flags, level. */
export function h264Profile(profileLevelId: string): H264Profile {
  if (!/^[0-9a-f]{6}$/i.test(profileLevelId)) return 'other';
  const idc = Number.parseInt(profileLevelId.slice(0, 2), 16);
  const flags = Number.parseInt(profileLevelId.slice(2, 4), 16);
  if (idc === 66) return flags & 0x40 ? 'constrained-baseline' : 'baseline';
  if (idc === 77) return flags & 0x80 ? 'constrained-baseline' : 'main';
  if (idc === 88) return (flags & 0xc0) === 0xc0 ? 'constrained-baseline' : 'other';
  if (idc === 100) return (flags & 0x0c) === 0x0c ? 'constrained-high' : 'high';
  return 'other';
}

/**
 * How well a peer's decoder of profile `offered` suits a stream of profile `stream`: 0 is the very one, higher
 * is further off but plays in browsers, whose decoders take more than they say; undefined: not at all.
 */
export function profileDistance(stream: H264Profile, offered: H264Profile): number | undefined {
  const at = PLAYED_BY[stream].indexOf(offered);
  return at < 0 ? undefined : at;
}
