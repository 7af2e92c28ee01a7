import { decimal, quoted, tag, uriLine } from './attributes.ts';

/** One way to play the stream: picture, or sound alone. */
export interface Variant {
  readonly uri: string;
  /** Peak bits per second, of the picture and the sound that goes with it. */
  readonly bandwidth: number;
  readonly averageBandwidth?: number;
  /** RFC 6381 codec strings of every rendition the variant plays. */
  readonly codecs: readonly string[];
  readonly resolution?: { readonly width: number; readonly height: number };
  readonly frameRate?: number;
  /** Group of the sound renditions; without one the sound is in the variant itself. */
  readonly audioGroup?: string;
}

/** Sound in a playlist of its own (RFC 8216bis 4.4.6.1). */
export interface AudioRendition {
  readonly groupId: string;
  readonly name: string;
  readonly uri: string;
  readonly channels: number;
  /** RFC 5646 tag. */
  readonly language?: string;
  readonly isDefault: boolean;
}

export interface MultivariantPlaylist {
  readonly variants: readonly Variant[];
  readonly audio: readonly AudioRendition[];
}

const VERSION = 6;

/** The text of a multivariant playlist (RFC 8216bis 4.4.6). RangeError for a name or URI that cannot be written. */
export function formatMultivariant(playlist: MultivariantPlaylist): string {
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${VERSION}`, '#EXT-X-INDEPENDENT-SEGMENTS'];
  for (const rendition of playlist.audio) lines.push(audioTag(rendition));
  for (const variant of playlist.variants) lines.push(variantTag(variant), uriLine(variant.uri));
  return `${lines.join('\n')}\n`;
}

function audioTag({ groupId, name, uri, channels, language, isDefault }: AudioRendition): string {
  return tag('EXT-X-MEDIA', {
    TYPE: 'AUDIO',
    'GROUP-ID': quoted(groupId),
    NAME: quoted(name),
    LANGUAGE: language === undefined ? undefined : quoted(language),
    DEFAULT: isDefault ? 'YES' : 'NO',
    AUTOSELECT: 'YES',
    CHANNELS: quoted(decimal(channels)),
    URI: quoted(uri),
  });
}

function variantTag(variant: Variant): string {
  const { bandwidth, averageBandwidth, codecs, resolution, frameRate, audioGroup } = variant;
  return tag('EXT-X-STREAM-INF', {
    BANDWIDTH: Math.ceil(bandwidth),
    'AVERAGE-BANDWIDTH': averageBandwidth === undefined ? undefined : Math.ceil(averageBandwidth),
    CODECS: quoted(codecs.join(',')),
    RESOLUTION: resolution && `${resolution.width}x${resolution.height}`,
    'FRAME-RATE': frameRate === undefined ? undefined : frameRate.toFixed(3),
    AUDIO: audioGroup === undefined ? undefined : quoted(audioGroup),
  });
}
