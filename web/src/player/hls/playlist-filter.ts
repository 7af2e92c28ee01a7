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
