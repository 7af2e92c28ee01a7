import { decimal, quoted, tag, uriLine } from './attributes.ts';
import type {
  ByteRange,
  ClassicPlaylist,
  ClassicSegment,
  EventPlaylist,
  LivePlaylist,
  MediaPlaylist,
  OpenSegment,
  PlaylistMap,
  PlaylistPart,
  PlaylistSegment,
  VodPlaylist,
} from './playlist.ts';

const LIVE_VERSION = 9;
const VOD_VERSION = 6;
/** Decimal durations are all it needs. */
const CLASSIC_VERSION = 3;
/** RFC 8216bis 4.4.3.8: at least six target durations, and a hold-back that should be three part targets. */
const SKIP_TARGETS = 6;
const HOLD_BACK_PARTS = 3;
/** The parts of a segment that ended earlier than this are left out (RFC 8216bis 4.4.4.9). */
const PART_TARGETS = 3;

/**
 * The text of a media playlist (RFC 8216bis 4.4.3). With `skip` a live one becomes a delta update when it is
 * long enough. RangeError for a URI that cannot be written.
 */
export function formatMediaPlaylist(
  playlist: MediaPlaylist | ClassicPlaylist,
  options: { skip?: boolean } = {},
): string {
  const lines = playlist.kind === 'live' ? liveLines(playlist, options.skip ?? false) : wholeLines(playlist);
  return `${['#EXTM3U', ...lines].join('\n')}\n`;
}

/** Seconds from the end within which a delta update lists segments. */
function skipUntil(playlist: LivePlaylist): number {
  return SKIP_TARGETS * playlist.targetDuration;
}

function liveLines(playlist: LivePlaylist, skip: boolean): string[] {
  const { targetDuration, partTarget, segments, open, preloadHint } = playlist;
  const lines = [
    `#EXT-X-VERSION:${LIVE_VERSION}`,
    `#EXT-X-TARGETDURATION:${targetDuration}`,
    tag('EXT-X-SERVER-CONTROL', {
      'CAN-BLOCK-RELOAD': 'YES',
      'PART-HOLD-BACK': HOLD_BACK_PARTS * partTarget,
      'CAN-SKIP-UNTIL': skipUntil(playlist),
    }),
    tag('EXT-X-PART-INF', { 'PART-TARGET': partTarget }),
    `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
  ];
  const age = ages(playlist);
  const skipped = skip ? age.findLastIndex((seconds) => seconds > skipUntil(playlist)) + 1 : 0;
  if (skipped > 0) lines.push(tag('EXT-X-SKIP', { 'SKIPPED-SEGMENTS': skipped }));
  let map: PlaylistMap | undefined;
  for (const [i, segment] of segments.entries()) {
    if (i < skipped) continue;
    const withParts = age[i]! - segment.duration <= PART_TARGETS * targetDuration;
    lines.push(...startLines(segment, map), ...(withParts ? segment.parts.map(partTag) : []));
    lines.push(...segmentLines(segment, undefined));
    map = segment.map;
  }
  if (open) lines.push(...startLines(open, map), ...open.parts.map(partTag));
  if (preloadHint) lines.push(hintTag(preloadHint));
  for (const { uri, lastMsn, lastPart } of playlist.renditionReports ?? []) {
    lines.push(
      tag('EXT-X-RENDITION-REPORT', { URI: quoted(uri), 'LAST-MSN': lastMsn, 'LAST-PART': lastPart }),
    );
  }
  return lines;
}

/** Seconds from the start of each segment to the end of the playlist. */
function ages(playlist: LivePlaylist): number[] {
  let left = (playlist.open?.parts ?? []).reduce((sum, part) => sum + part.duration, 0);
  const list: number[] = [];
  for (const { duration } of playlist.segments.toReversed()) {
    left += duration;
    list.push(left);
  }
  return list.reverse();
}

type AnySegment = PlaylistSegment | ClassicSegment;

/** Playlists of whole segments. */
function wholeLines(playlist: VodPlaylist | EventPlaylist | ClassicPlaylist): string[] {
  const least = 'targetDuration' in playlist ? playlist.targetDuration : 1;
  const target = Math.max(least, ...playlist.segments.map((segment) => Math.round(segment.duration)));
  const lines = [...headLines(playlist, target), '#EXT-X-INDEPENDENT-SEGMENTS'];
  let before: AnySegment | undefined;
  for (const segment of playlist.segments) {
    lines.push(...startLines(segment, before?.map), ...segmentLines(segment, before));
    before = segment;
  }
  return playlist.kind === 'vod' ? [...lines, '#EXT-X-ENDLIST'] : lines;
}

function headLines(playlist: VodPlaylist | EventPlaylist | ClassicPlaylist, target: number): string[] {
  if (playlist.kind === 'classic') {
    return [
      `#EXT-X-VERSION:${CLASSIC_VERSION}`,
      `#EXT-X-TARGETDURATION:${target}`,
      `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}`,
      `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`,
    ];
  }
  return [
    `#EXT-X-VERSION:${VOD_VERSION}`,
    `#EXT-X-TARGETDURATION:${target}`,
    `#EXT-X-PLAYLIST-TYPE:${playlist.kind === 'vod' ? 'VOD' : 'EVENT'}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
  ];
}

/** The tags in front of a segment's first part. */
function startLines(segment: OpenSegment | ClassicSegment, map: PlaylistMap | undefined): string[] {
  const lines: string[] = [];
  if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
  if (segment.map && (!map || !sameMap(map, segment.map))) lines.push(mapTag(segment.map));
  if (segment.programDateTime !== undefined) {
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.programDateTime).toISOString()}`);
  }
  return lines;
}

function segmentLines(segment: AnySegment, before: AnySegment | undefined): string[] {
  const lines: string[] = [];
  if (segment.gap) lines.push('#EXT-X-GAP');
  lines.push(`#EXTINF:${decimal(segment.duration)},`);
  if (segment.byteRange)
    lines.push(`#EXT-X-BYTERANGE:${range(segment.byteRange, continues(segment, before))}`);
  lines.push(uriLine(segment.uri));
  return lines;
}

/** The offset may be left out when the range follows that of the segment before (RFC 8216bis 4.4.4.2). */
function continues(segment: AnySegment, before: AnySegment | undefined): boolean {
  const last = before?.byteRange;
  return (
    last !== undefined &&
    before?.uri === segment.uri &&
    last.offset + last.length === segment.byteRange?.offset
  );
}

function partTag(part: PlaylistPart): string {
  return tag('EXT-X-PART', {
    DURATION: part.duration,
    URI: quoted(part.uri),
    BYTERANGE: part.byteRange && quoted(range(part.byteRange, false)),
    INDEPENDENT: part.independent ? 'YES' : undefined,
    GAP: part.gap ? 'YES' : undefined,
  });
}

function hintTag(hint: { uri: string; offset?: number }): string {
  return tag('EXT-X-PRELOAD-HINT', { TYPE: 'PART', URI: quoted(hint.uri), 'BYTERANGE-START': hint.offset });
}

function mapTag(map: PlaylistMap): string {
  return tag('EXT-X-MAP', {
    URI: quoted(map.uri),
    BYTERANGE: map.byteRange && quoted(range(map.byteRange, false)),
  });
}

function sameMap(a: PlaylistMap, b: PlaylistMap): boolean {
  return (
    a.uri === b.uri &&
    a.byteRange?.offset === b.byteRange?.offset &&
    a.byteRange?.length === b.byteRange?.length
  );
}

function range({ offset, length }: ByteRange, bare: boolean): string {
  return bare ? `${length}` : `${length}@${offset}`;
}
