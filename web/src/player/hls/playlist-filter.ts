/** What is left out of a playlist before the player reads it. */
export interface PlaylistFilter {
  /** Without sound half as many requests are needed: for pictures nobody listens to. */
  audio: boolean;
  /**
   * Without low latency no request waits at the server. Browsers open six HTTP/1.1 connections to one origin,
   * and every low-latency rendition holds one of them all the time.
   */
  lowLatency: boolean;
}

const LOW_LATENCY_TAGS = /^#EXT-X-(?:PART|PART-INF|PRELOAD-HINT|SERVER-CONTROL|RENDITION-REPORT|SKIP):/;
const AUDIO_RENDITION = /^#EXT-X-MEDIA:(?:.*,)?TYPE=AUDIO\b/;
const AUDIO_CODEC = /^(?:mp4a|opus|ac-3|ec-3|flac|alac)\b/i;

const videoOnly = (codecs: string): string =>
  codecs
    .split(',')
    .filter((codec) => !AUDIO_CODEC.test(codec.trim()))
    .join(',');

function withoutAudio(line: string): string | undefined {
  if (AUDIO_RENDITION.test(line)) return undefined;
  if (!line.startsWith('#EXT-X-STREAM-INF:')) return line;
  return line
    .replace(/,AUDIO="[^"]*"|AUDIO="[^"]*",?/, '')
    .replace(/CODECS="([^"]*)"/, (_, codecs: string) => `CODECS="${videoOnly(codecs)}"`);
}

/** Too short to hold a position, long enough not to be taken for nothing. */
const GAP_SECONDS = 0.01;

/**
 * The first viewer of a camera gets a playlist of parts alone, which hls.js refuses until a whole segment
 * closes seconds later. A missing segment before them (EXT-X-GAP, RFC 8216bis §4.4.4.7) makes it one that plays.
 */
export function openWithGap(text: string): string {
  if (!text.includes('#EXT-X-PART:') || /^#EXT(?:INF|-X-SKIP):/m.test(text)) return text;
  const sequence = /^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(text)?.[1];
  if (sequence === undefined || sequence === '0') return text;
  const gap = [
    `#EXT-X-PART:DURATION=${GAP_SECONDS},URI="gap",GAP=YES`,
    '#EXT-X-GAP',
    `#EXTINF:${GAP_SECONDS},`,
    'gap',
    '',
  ].join('\n');
  return text
    .replace(/^#EXT-X-MEDIA-SEQUENCE:\d+/m, `#EXT-X-MEDIA-SEQUENCE:${Number(sequence) - 1}`)
    .replace(/^#EXT-X-(?:MAP|PROGRAM-DATE-TIME|DISCONTINUITY|PART)(?::|$)/m, (tag) => gap + tag);
}

/** A playlist's text without the renditions or tags that are not wanted (RFC 8216bis §4.4). */
export function filterPlaylist(text: string, filter: PlaylistFilter): string {
  if (filter.audio && filter.lowLatency) return text;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (!filter.lowLatency && LOW_LATENCY_TAGS.test(line)) continue;
    const kept = filter.audio ? line : withoutAudio(line);
    if (kept !== undefined) lines.push(kept);
  }
  return lines.join('\n');
}
