import { MalformedError } from '../../bytes/index.ts';
import type { ByteRange, PlaylistMap } from '../playlist.ts';
import { KeysInForce, type PulledKey } from './segment-key.ts';

/** An initialization section, and what it is encrypted with. */
export interface PulledMap extends PlaylistMap {
  readonly key: PulledKey | undefined;
}

/** A segment of a playlist that is pulled; addresses as they are written. */
export interface PulledSegment {
  readonly uri: string;
  readonly sequence: number;
  /** Counts the discontinuities since the beginning. */
  readonly discontinuity: number;
  /** Seconds. */
  readonly duration: number;
  readonly byteRange: ByteRange | undefined;
  readonly map: PulledMap | undefined;
  /** What it is encrypted with. */
  readonly key: PulledKey | undefined;
  /** Its bytes are missing. */
  readonly gap: boolean;
}

/** A playlist of segments (RFC 8216 4.3.3). */
export interface PulledMedia {
  readonly kind: 'media';
  /** Seconds. */
  readonly targetDuration: number;
  readonly segments: readonly PulledSegment[];
  /** Nothing follows. */
  readonly ended: boolean;
}

/** One way to play, by bandwidth and codecs. */
export interface PulledVariant {
  readonly uri: string;
  readonly bandwidth: number;
  readonly codecs: string;
  /** Of its sound that has a playlist of its own. */
  readonly audio: string | undefined;
}

/** A playlist of playlists (RFC 8216 4.3.4). */
export interface PulledMaster {
  readonly kind: 'master';
  /** Best first. */
  readonly variants: readonly PulledVariant[];
}

const MAX_SEGMENTS = 20_000;
const ATTRIBUTE = /([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g;

/** Reads a playlist. Throws MalformedError where it is none, or holds nothing to play. */
export function readPlaylist(text: string): PulledMedia | PulledMaster {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (!lines[0]?.replace(/^\ufeff/, '').startsWith('#EXTM3U')) throw new MalformedError('no playlist', 0);
  const master = lines.some((line) => line.startsWith('#EXT-X-STREAM-INF:'));
  return master ? readMaster(lines) : new MediaReader().read(lines);
}

function attributesOf(line: string): Map<string, string> {
  const found = line.slice(line.indexOf(':') + 1).matchAll(ATTRIBUTE);
  return new Map([...found].map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? '']));
}

function readMaster(lines: readonly string[]): PulledMaster {
  const sounds = new Map<string, string>();
  for (const line of lines.filter((each) => each.startsWith('#EXT-X-MEDIA:'))) {
    const attributes = attributesOf(line);
    const [group, uri] = [attributes.get('GROUP-ID'), attributes.get('URI')];
    if (attributes.get('TYPE') !== 'AUDIO' || group === undefined || !uri) continue;
    if (attributes.get('DEFAULT') === 'YES' || !sounds.has(group)) sounds.set(group, uri);
  }
  const variants = lines.flatMap((line, at) => {
    if (!line.startsWith('#EXT-X-STREAM-INF:')) return [];
    const uri = lines.slice(at + 1).find((next) => next !== '' && !next.startsWith('#'));
    const attributes = attributesOf(line);
    if (uri === undefined) return [];
    return {
      uri,
      bandwidth: Number.parseInt(attributes.get('BANDWIDTH') ?? '0', 10) || 0,
      codecs: attributes.get('CODECS') ?? '',
      audio: sounds.get(attributes.get('AUDIO') ?? ''),
    };
  });
  if (variants.length === 0) throw new MalformedError('a playlist without anything to play', 0);
  return { kind: 'master', variants: variants.sort((one, other) => other.bandwidth - one.bandwidth) };
}

/** Goes through the lines; tags speak of the segment below them, or of all that follow. */
class MediaReader {
  readonly #segments: PulledSegment[] = [];
  readonly #keys = new KeysInForce();
  #target = 0;
  #sequence = 0;
  #discontinuity = 0;
  #ended = false;
  #map: PulledMap | undefined;
  #duration: number | undefined;
  #range: ByteRange | undefined;
  #rangeEnd = 0;
  #gap = false;

  readonly #tags: Readonly<Record<string, (value: string) => void>> = {
    EXTINF: (value) => {
      this.#duration = numberOf(value.split(',')[0]);
    },
    'EXT-X-TARGETDURATION': (value) => {
      this.#target = numberOf(value);
    },
    'EXT-X-MEDIA-SEQUENCE': (value) => {
      this.#sequence = Math.floor(numberOf(value));
    },
    'EXT-X-DISCONTINUITY-SEQUENCE': (value) => {
      this.#discontinuity = Math.floor(numberOf(value));
    },
    'EXT-X-DISCONTINUITY': () => {
      this.#discontinuity++;
    },
    'EXT-X-ENDLIST': () => {
      this.#ended = true;
    },
    'EXT-X-GAP': () => {
      this.#gap = true;
    },
    'EXT-X-KEY': (value) => this.#keys.take(attributesOf(`:${value}`)),
    'EXT-X-MAP': (value) => {
      const attributes = attributesOf(`:${value}`);
      const range = attributes.get('BYTERANGE');
      const uri = attributes.get('URI');
      if (!uri) throw new MalformedError('a map without an address', 0);
      const key = this.#keys.inForce;
      this.#map = { uri, key, ...(range ? { byteRange: rangeOf(range, 0) } : {}) };
    },
    'EXT-X-BYTERANGE': (value) => {
      this.#range = rangeOf(value, this.#rangeEnd);
    },
  };

  read(lines: readonly string[]): PulledMedia {
    for (const line of lines) {
      if (line === '' || line.startsWith('#EXTM3U')) continue;
      if (line.startsWith('#')) {
        const [name = ''] = line.slice(1).split(':', 1);
        if (Object.hasOwn(this.#tags, name)) this.#tags[name]!(line.slice(name.length + 2));
      } else this.#segment(line);
    }
    if (!(this.#target > 0)) throw new MalformedError('a playlist without a target duration', 0);
    return {
      kind: 'media',
      targetDuration: this.#target,
      segments: this.#segments,
      ended: this.#ended,
    };
  }

  #segment(uri: string): void {
    if (this.#segments.length >= MAX_SEGMENTS) throw new MalformedError('a playlist of too many segments', 0);
    const range = this.#range;
    this.#rangeEnd = range ? range.offset + range.length : 0;
    this.#segments.push({
      uri,
      sequence: this.#sequence++,
      discontinuity: this.#discontinuity,
      duration: this.#duration ?? this.#target,
      byteRange: range,
      map: this.#map,
      key: this.#keys.inForce,
      gap: this.#gap,
    });
    this.#duration = undefined;
    this.#range = undefined;
    this.#gap = false;
  }
}

function numberOf(text: string | undefined): number {
  const value = Number(text);
  if (!(value >= 0 && value < 2 ** 52)) throw new MalformedError('a playlist with a number that is none', 0);
  return value;
}

/** `length@offset`; without the offset behind the range before (RFC 8216 4.3.2.2). */
function rangeOf(text: string, otherwise: number): ByteRange {
  const [length, offset] = text.split('@');
  return { length: numberOf(length), offset: offset === undefined ? otherwise : numberOf(offset) };
}
