import { formatMediaPlaylist, isReady } from '@nightjar/media/hls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioTrack, Publisher, videoTrack } from '../testing/index.ts';
import { liveEdge, livePlaylist } from './playlist.ts';
import { type ReadPlaylist, readPlaylist } from './testing/read-playlist.ts';
import { LiveWindow } from './window.ts';

const KINDS = ['video', 'audio'] as const;
type Kind = (typeof KINDS)[number];

class Rig {
  readonly source = new Publisher({ tracks: [videoTrack(), audioTrack()] });
  readonly window = new LiveWindow({
    stream: this.source.stream,
    clock: this.source.clock,
    linger: 1e9,
    onIdle: () => undefined,
  });
  /** What was said of each URI so far. */
  readonly #said = new Map<string, string>();
  #last: Partial<Record<Kind, ReadPlaylist>> = {};

  text(kind: Kind): string {
    const rendition = this.window[kind]!;
    const other = kind === 'video' ? this.window.audio : this.window.video;
    return formatMediaPlaylist(
      livePlaylist(rendition, { targetDuration: this.window.targetDuration, other }),
    );
  }

  /** Reads both playlists as a player would that remembers all it read before. */
  check(): void {
    for (const kind of KINDS) {
      if ((this.window[kind]?.segments.length ?? 0) === 0) continue;
      const list = readPlaylist(this.text(kind));
      this.#rules(list, kind);
      this.#continues(list, kind);
      this.#last[kind] = list;
    }
  }

  end(): void {
    this.window.close();
    this.source.close();
    expect(this.source.pool.held).toBe(0);
  }

  #rules(list: ReadPlaylist, kind: Kind): void {
    const rendition = this.window[kind]!;
    for (const segment of list.segments) {
      expect(segment.map).toMatch(new RegExp(`^${kind}/init-\\d+\\.mp4$`));
      expect(segment.utc).toBeTypeOf('number');
      if (segment.duration !== undefined) {
        expect(segment.uri).toBe(`${kind}/${segment.msn}.m4s`);
        expect(Math.round(segment.duration)).toBeLessThanOrEqual(list.targetDuration);
      }
      for (const [at, part] of segment.parts.entries()) {
        expect(part.uri).toBe(`${kind}/${segment.msn}.${at}.m4s`);
        expect(part.duration).toBeLessThanOrEqual(list.partTarget + 1e-5);
      }
    }
    const open = list.segments.at(-1)!;
    const next = open.uri === undefined ? [open.msn, open.parts.length] : [rendition.nextMsn, 0];
    expect(list.hint).toBe(`${kind}/${next[0]}.${next[1]}.m4s`);
    const edge = liveEdge(rendition);
    expect(isReady({ msn: open.msn, part: open.parts.length - 1, skip: false }, edge)).toBe(true);
    expect(isReady({ msn: next[0]!, part: next[1]!, skip: false }, edge)).toBe(false);
    expect(isReady({ msn: next[0]!, part: undefined, skip: false }, edge)).toBe(false);
  }

  /** Numbers only rise, and what was said once stays. */
  #continues(list: ReadPlaylist, kind: Kind): void {
    const last = this.#last[kind];
    expect(list.mediaSequence).toBeGreaterThanOrEqual(last?.mediaSequence ?? 0);
    expect(list.targetDuration).toBeGreaterThanOrEqual(last?.targetDuration ?? 0);
    expect(list.discontinuitySequence).toBeGreaterThanOrEqual(last?.discontinuitySequence ?? 0);
    let discontinuities = list.discontinuitySequence;
    for (const segment of list.segments) {
      if (segment.discontinuity) discontinuities++;
      this.#say(`${kind} ${segment.msn}`, `${segment.map} ${segment.utc} ${discontinuities}`);
      if (segment.uri !== undefined) this.#say(segment.uri, `${segment.duration}`);
      for (const { uri, duration, independent } of segment.parts)
        this.#say(uri, `${duration} ${independent}`);
    }
  }

  #say(what: string, words: string): void {
    expect(this.#said.get(what) ?? words, what).toBe(words);
    this.#said.set(what, words);
  }
}

describe('a live playlist', () => {
  it('says where the stream stands', () => {
    const rig = new Rig();
    rig.source.play(2.6, { gop: 50 });
    const first = rig.window.video!.segments[0]!.msn;
    expect(rig.text('video').split('\n').slice(0, 12)).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:9',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.6,CAN-SKIP-UNTIL=12',
      '#EXT-X-PART-INF:PART-TARGET=0.2',
      `#EXT-X-MEDIA-SEQUENCE:${first}`,
      '#EXT-X-DISCONTINUITY-SEQUENCE:0',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MAP:URI="video/init-1.mp4"',
      '#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:00.000Z',
      `#EXT-X-PART:DURATION=0.2,URI="video/${first}.0.m4s",INDEPENDENT=YES`,
      `#EXT-X-PART:DURATION=0.2,URI="video/${first}.1.m4s"`,
    ]);
    expect(rig.text('video').trimEnd().split('\n').slice(-2)).toEqual([
      `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="video/${first + 1}.2.m4s"`,
      `#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=${first + 1},LAST-PART=1`,
    ]);
    rig.check();
    rig.end();
  });

  it('of a stream that is away ends with whole segments and hints at the next', () => {
    const rig = new Rig();
    rig.source.play(2.6, { gop: 50 });
    rig.source.lose();
    const list = readPlaylist(rig.text('video'));
    expect(list.segments.map(({ uri }) => uri !== undefined)).toEqual([true, true]);
    expect(list.hint).toBe(`video/${list.mediaSequence + 2}.0.m4s`);
    rig.check();
    rig.end();
  });

  it('keeps every rule and its word, whatever the camera does', () => {
    const play = fc.record({
      seconds: fc.double({ min: 0.05, max: 6, noNaN: true }),
      fps: fc.constantFrom(1, 5, 12.5, 25, 30),
      gop: fc.constantFrom(3, 25, 60, 10_000),
    });
    const step = fc.oneof(
      { weight: 6, arbitrary: play },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          { tracks: [] },
          { tracks: [videoTrack()] },
          { tracks: [videoTrack(), audioTrack()] },
          { tracks: [videoTrack(1), audioTrack()] },
        ),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const rig = new Rig();
        for (const action of steps) {
          if ('tracks' in action) rig.source.setTracks(action.tracks);
          else rig.source.play(action.seconds, action);
          rig.check();
        }
        rig.end();
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
