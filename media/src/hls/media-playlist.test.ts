import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMediaPlaylist, type LivePlaylist, type PlaylistPart, type PlaylistSegment } from './index.ts';

const map = { uri: 'init-1.mp4' };

function part(name: string, duration = 0.5, independent = false): PlaylistPart {
  return { uri: name, duration, independent };
}

const live: LivePlaylist = {
  kind: 'live',
  targetDuration: 1,
  partTarget: 0.5,
  mediaSequence: 41,
  discontinuitySequence: 2,
  segments: [
    {
      uri: 's41.mp4',
      duration: 1,
      map,
      parts: [part('s41.0'), part('s41.1')],
      programDateTime: 1_700_000_000_000,
    },
    { uri: 's42.mp4', duration: 1.04, map, parts: [part('s42.0', 0.5, true), part('s42.1', 0.54)] },
    { uri: 's43.mp4', duration: 1, map: { uri: 'init-2.mp4' }, parts: [], discontinuity: true, gap: true },
  ],
  open: {
    map: { uri: 'init-2.mp4' },
    parts: [{ ...part('s44.0', 0.5, true), gap: true }],
    programDateTime: 1_700_000_003_040,
  },
  preloadHint: { uri: 's44.1' },
  renditionReports: [{ uri: 'audio.m3u8', lastMsn: 43, lastPart: 1 }],
};

describe('live playlist', () => {
  it('has every tag where RFC 8216bis wants it', () => {
    expect(formatMediaPlaylist(live)).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:1
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5,CAN-SKIP-UNTIL=6
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-DISCONTINUITY-SEQUENCE:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.000Z
#EXT-X-PART:DURATION=0.5,URI="s41.0"
#EXT-X-PART:DURATION=0.5,URI="s41.1"
#EXTINF:1,
s41.mp4
#EXT-X-PART:DURATION=0.5,URI="s42.0",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.54,URI="s42.1"
#EXTINF:1.04,
s42.mp4
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-2.mp4"
#EXT-X-GAP
#EXTINF:1,
s43.mp4
#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:23.040Z
#EXT-X-PART:DURATION=0.5,URI="s44.0",INDEPENDENT=YES,GAP=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="s44.1"
#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=43,LAST-PART=1
`);
  });

  it('leaves out the parts of segments that ended three target durations ago', () => {
    const segments = Array.from({ length: 6 }, (_, i): PlaylistSegment => {
      return { uri: `s${i}`, duration: 1, map, parts: [part(`s${i}.0`), part(`s${i}.1`)] };
    });
    const text = formatMediaPlaylist({ ...live, segments });
    expect(text.match(/^#EXT-X-PART:.*URI="s(\d)\.1"/gm)?.map((line) => line.at(-4))).toEqual([
      '3',
      '4',
      '5',
    ]);
    const { open: _open, ...closed } = live;
    expect(formatMediaPlaylist({ ...closed, segments })).toContain('s2.0');
  });

  it('writes byte ranges of parts, maps and hints', () => {
    const ranged = { uri: 's1.mp4', byteRange: { offset: 700, length: 300 } };
    const text = formatMediaPlaylist({
      kind: 'live',
      targetDuration: 2,
      partTarget: 0.2,
      mediaSequence: 0,
      discontinuitySequence: 0,
      segments: [],
      open: { map: ranged, parts: [{ ...ranged, duration: 0.2, independent: true }] },
      preloadHint: { uri: 's1.mp4', offset: 1000 },
    });
    expect(text).toContain('#EXT-X-MAP:URI="s1.mp4",BYTERANGE="300@700"\n');
    expect(text).toContain('#EXT-X-PART:DURATION=0.2,URI="s1.mp4",BYTERANGE="300@700",INDEPENDENT=YES\n');
    expect(text).toContain('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="s1.mp4",BYTERANGE-START=1000\n');
  });

  it('skips what lies beyond the skip boundary, and only that', () => {
    const segments = Array.from(
      { length: 10 },
      (_, i): PlaylistSegment => ({ uri: `s${i}`, duration: 1, map, parts: [] }),
    );
    const long = { ...live, segments, mediaSequence: 7 };
    const delta = formatMediaPlaylist(long, { skip: true });
    // Half a second is open: segments that begin more than 6 s before the end are the first five.
    expect(delta).toContain('#EXT-X-MEDIA-SEQUENCE:7\n');
    expect(delta).toContain('#EXT-X-SKIP:SKIPPED-SEGMENTS=5\n#EXT-X-MAP:URI="init-1.mp4"\n#EXTINF:1,\ns5\n');
    expect(delta).not.toContain('s4\n');
    expect(formatMediaPlaylist(long)).toContain('s0\n');
    expect(formatMediaPlaylist(live, { skip: true })).toBe(formatMediaPlaylist(live));
  });

  it.each([
    ['a quote in a part', { ...live, preloadHint: { uri: 'a"b' } }],
    [
      'a line break in a segment',
      { ...live, segments: [{ ...live.segments[0]!, uri: 'a\n#EXT-X-ENDLIST' }] },
    ],
    ['a segment that looks like a tag', { ...live, segments: [{ ...live.segments[0]!, uri: '#a' }] }],
    ['a negative duration', { ...live, segments: [{ ...live.segments[0]!, duration: -1 }] }],
    ['a duration that is no number', { ...live, segments: [{ ...live.segments[0]!, duration: Number.NaN }] }],
  ])('refuses %s', (_name, playlist) => {
    expect(() => formatMediaPlaylist(playlist)).toThrow(RangeError);
  });
});

describe('finished playlist', () => {
  it('lists byte ranges of files and a new map for each', () => {
    const piece = (uri: string, offset: number, length: number, duration: number): PlaylistSegment => ({
      uri,
      duration,
      parts: [],
      map: { uri, byteRange: { offset: 0, length: 700 } },
      byteRange: { offset, length },
    });
    const text = formatMediaPlaylist({
      kind: 'vod',
      segments: [
        { ...piece('a.mp4', 700, 1000, 4), programDateTime: 0 },
        piece('a.mp4', 1700, 500, 4.4),
        piece('a.mp4', 9000, 500, 1),
        { ...piece('b.mp4', 9500, 20, 0.12345678), discontinuity: true },
      ],
    });
    expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="a.mp4",BYTERANGE="700@0"
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z
#EXTINF:4,
#EXT-X-BYTERANGE:1000@700
a.mp4
#EXTINF:4.4,
#EXT-X-BYTERANGE:500
a.mp4
#EXTINF:1,
#EXT-X-BYTERANGE:500@9000
a.mp4
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="b.mp4",BYTERANGE="700@0"
#EXTINF:0.12346,
#EXT-X-BYTERANGE:20@9500
b.mp4
#EXT-X-ENDLIST
`);
  });
});

/** A client's view of a playlist: segments by media sequence number, and what must hold for them. */
function readPlaylist(text: string) {
  expect(text.startsWith('#EXTM3U\n') && text.endsWith('\n')).toBe(true);
  const value = (name: string) => Number(new RegExp(`^#${name}[:,].*?([0-9.]+)$`, 'm').exec(text)?.[1]);
  const attribute = (name: string) => Number(new RegExp(`${name}=([0-9.]+)`).exec(text)?.[1]);
  const skipped = /SKIPPED-SEGMENTS=(\d+)/.exec(text)?.[1];
  let msn = value('EXT-X-MEDIA-SEQUENCE') + Number(skipped ?? 0);
  let map: string | undefined;
  let parts: number[] = [];
  let pending = 0;
  const segments = new Map<
    number,
    { uri: string; map: string | undefined; duration: number; parts: number[] }
  >();
  for (const line of text.split('\n')) {
    if (line.startsWith('#EXT-X-MAP:')) map = /URI="([^"]*)"/.exec(line)?.[1];
    if (line.startsWith('#EXT-X-PART:')) parts.push(Number(/DURATION=([0-9.]+)/.exec(line)?.[1]));
    if (line.startsWith('#EXTINF:')) pending = Number(/^#EXTINF:([0-9.]+),$/.exec(line)?.[1]);
    if (line === '' || line.startsWith('#')) continue;
    segments.set(msn++, { uri: line, map, duration: pending, parts });
    parts = [];
  }
  return { segments, skipped, attribute, target: value('EXT-X-TARGETDURATION'), openParts: parts };
}

interface MadeSegment {
  parts: number[];
  changed: number;
}

/** A playlist of segments with parts of that many fortieths of a second; `changed` 0 brings a new map. */
function liveOf(made: MadeSegment[], openParts: number, mediaSequence: number): LivePlaylist {
  let version = 0;
  const segments = made.map(({ parts, changed }, i): PlaylistSegment => {
    if (changed === 0) version++;
    const list = parts.map((length, n) => part(`p${i}.${n}`, length / 40, n === 0));
    const duration = list.reduce((sum, one) => sum + one.duration, 0);
    return {
      uri: `s${i}`,
      duration,
      parts: list,
      map: { uri: `init${version}` },
      discontinuity: changed === 0,
    };
  });
  const open = Array.from({ length: openParts }, (_, n) => part(`open.${n}`, 1));
  return {
    ...live,
    targetDuration: 4,
    partTarget: 1,
    mediaSequence,
    segments,
    open: { map: { uri: `init${version}` }, parts: open },
  };
}

/** RFC 8216bis 4.4.3.1, 4.4.3.7, 4.4.3.8 and 4.4.4.9. */
function checkRules(playlist: ReturnType<typeof readPlaylist>): void {
  const { attribute, target, segments } = playlist;
  expect(attribute('PART-HOLD-BACK')).toBeGreaterThanOrEqual(2 * attribute('PART-TARGET'));
  expect(attribute('CAN-SKIP-UNTIL')).toBeGreaterThanOrEqual(6 * target);
  for (const { duration, parts } of segments.values()) {
    expect(Math.round(duration)).toBeLessThanOrEqual(target);
    expect(Math.max(0, ...parts)).toBeLessThanOrEqual(attribute('PART-TARGET'));
    const sum = parts.reduce((total, one) => total + one, 0);
    if (parts.length > 0) expect(sum).toBeCloseTo(duration, 3);
  }
}

describe('rules', () => {
  const ticks = fc.integer({ min: 1, max: 40 });
  const segment = fc.record({
    parts: fc.array(ticks, { minLength: 1, maxLength: 4 }),
    changed: fc.integer({ min: 0, max: 9 }),
  });
  const run = { seed: 15, numRuns: 1000 };

  it('hold for any live playlist', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 30 }), fc.nat(2), fc.nat(5000), (made, open, first) => {
        const playlist = liveOf(made, open, first);
        const whole = readPlaylist(formatMediaPlaylist(playlist));
        checkRules(whole);
        expect([...whole.segments.keys()]).toEqual(made.map((_, i) => first + i));
        expect([...whole.segments.values()].map((one) => one.map)).toEqual(
          playlist.segments.map((one) => one.map.uri),
        );
      }),
      run,
    );
  });

  it('old segments plus a delta are the whole playlist again', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 40 }), fc.nat(2), fc.nat(5000), (made, open, first) => {
        const playlist = liveOf(made, open, first);
        const whole = readPlaylist(formatMediaPlaylist(playlist));
        const delta = readPlaylist(formatMediaPlaylist(playlist, { skip: true }));
        for (const [msn, one] of delta.segments) expect(one).toEqual(whole.segments.get(msn));
        expect(delta.segments.size + Number(delta.skipped ?? 0)).toBe(made.length);
        expect(delta.openParts).toEqual(whole.openParts);
        const kept = [...delta.segments.values()].reduce((sum, one) => sum + one.duration, open);
        const boundary = whole.attribute('CAN-SKIP-UNTIL');
        if (delta.skipped) expect(kept).toBeGreaterThan(boundary - whole.target);
        else expect(kept).toBeLessThanOrEqual(boundary + 1e-3);
      }),
      run,
    );
  });
});
