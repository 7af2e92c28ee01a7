/** What a player makes of a low-latency playlist. */
export interface ReadPlaylist {
  readonly targetDuration: number;
  readonly partTarget: number;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly hint: string;
  readonly reports: readonly string[];
  readonly segments: readonly ReadSegment[];
}

export interface ReadSegment {
  readonly msn: number;
  /** Absent while it is being made. */
  uri: string | undefined;
  duration: number | undefined;
  map: string;
  discontinuity: boolean;
  utc: number | undefined;
  readonly parts: { readonly uri: string; readonly duration: number; readonly independent: boolean }[];
}

const number = (text: string, name: string): number =>
  Number(new RegExp(`(?:^|[:,])${name}=([\\d.]+)`).exec(text)?.[1]);
const quoted = (text: string, name: string): string =>
  new RegExp(`(?:^|[:,])${name}="([^"]*)"`).exec(text)?.[1] ?? '';

type Read = Readonly<Record<string, (value: string) => void>>;
type Head = { -readonly [K in keyof Omit<ReadPlaylist, 'segments'>]: ReadPlaylist[K] };

const ignore = (): void => undefined;

/** The tags that speak of the whole playlist. */
function headTags(head: Head): Read {
  return {
    '#EXTM3U': ignore,
    '#EXT-X-VERSION': ignore,
    '#EXT-X-INDEPENDENT-SEGMENTS': ignore,
    '#EXT-X-SERVER-CONTROL': ignore,
    '#EXT-X-TARGETDURATION': (value) => {
      head.targetDuration = Number(value);
    },
    '#EXT-X-PART-INF': (value) => {
      head.partTarget = number(value, 'PART-TARGET');
    },
    '#EXT-X-MEDIA-SEQUENCE': (value) => {
      head.mediaSequence = Number(value);
    },
    '#EXT-X-DISCONTINUITY-SEQUENCE': (value) => {
      head.discontinuitySequence = Number(value);
    },
    '#EXT-X-PRELOAD-HINT': (value) => {
      head.hint = quoted(value, 'URI');
    },
    '#EXT-X-RENDITION-REPORT': (value) => {
      head.reports = [...head.reports, value];
    },
  };
}

/** The tags in front of a segment's URI. */
function segmentTags(segment: ReadSegment): Read {
  return {
    '#EXT-X-DISCONTINUITY': () => {
      segment.discontinuity = true;
    },
    '#EXT-X-MAP': (value) => {
      segment.map = quoted(value, 'URI');
    },
    '#EXT-X-PROGRAM-DATE-TIME': (value) => {
      segment.utc = Date.parse(value);
    },
    '#EXT-X-PART': (value) => {
      const independent = value.includes('INDEPENDENT=YES');
      segment.parts.push({ uri: quoted(value, 'URI'), duration: number(value, 'DURATION'), independent });
    },
    '#EXTINF': (value) => {
      segment.duration = Number.parseFloat(value);
    },
  };
}

/** Reads line by line as RFC 8216bis 4.4 has it; throws at a tag it does not know. */
export function readPlaylist(text: string): ReadPlaylist {
  const head: Head = {
    targetDuration: -1,
    partTarget: -1,
    mediaSequence: -1,
    discontinuitySequence: -1,
    hint: '',
    reports: [],
  };
  const segments: ReadSegment[] = [];
  const begin = (): ReadSegment => {
    const msn = head.mediaSequence + segments.length;
    const map = segments.at(-1)?.map ?? '';
    return { msn, uri: undefined, duration: undefined, map, discontinuity: false, utc: undefined, parts: [] };
  };
  let segment = begin();
  const ofHead = headTags(head);
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('#')) {
      const [, tag = '', value = ''] = /^([^:]+):?(.*)$/.exec(line) ?? [];
      const read = ofHead[tag] ?? segmentTags(segment)[tag];
      if (!read) throw new Error(`an unexpected line: ${line}`);
      read(value);
      if (tag === '#EXT-X-MEDIA-SEQUENCE') segment = begin();
      continue;
    }
    segment.uri = line;
    segments.push(segment);
    segment = begin();
  }
  if (segment.parts.length > 0) segments.push(segment);
  return { ...head, segments };
}
