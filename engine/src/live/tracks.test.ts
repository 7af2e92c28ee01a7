import { describe, expect, it } from 'vitest';
import { audioTrack, jpegTrack, Publisher, telephoneTrack, videoTrack } from '../testing/index.ts';
import { liveEdge, livePlaylist, playableTracks } from './index.ts';
import { LiveWindow } from './window.ts';

/** A window on a stream that is watched all the time. */
class Rig implements Disposable {
  readonly source: Publisher;
  readonly window: LiveWindow;

  constructor(tracks: ConstructorParameters<typeof Publisher>[0]) {
    this.source = new Publisher(tracks);
    const { stream, clock } = this.source;
    this.window = new LiveWindow({ stream, clock, linger: 15_000, onIdle: () => undefined });
  }

  play(seconds: number): this {
    for (let left = seconds; left > 1e-9; left -= 5) {
      this.window.touch();
      this.source.play(Math.min(left, 5));
    }
    return this;
  }

  /** Init segment and discontinuity of each segment of a rendition. */
  story(kind: 'video' | 'audio'): string[] {
    const segments = this.window[kind]?.segments ?? [];
    return segments.map(({ generation, discontinuity }) => `${generation}${discontinuity ? ' new' : ''}`);
  }

  [Symbol.dispose](): void {
    this.window.close();
    this.source.close();
    expect(this.source.pool.held).toBe(0);
    expect(this.source.clock.pending).toBe(0);
  }
}

describe('what browsers do not play', () => {
  it.each([
    [
      [videoTrack(), audioTrack()],
      ['h264', 'aac'],
    ],
    [[videoTrack(), telephoneTrack()], ['h264']],
    [[audioTrack()], ['aac']],
    [[jpegTrack(), audioTrack()], []],
    [[jpegTrack()], []],
    [[telephoneTrack()], []],
    [[], []],
  ])('is left out: case %#', (tracks, played) => {
    expect(playableTracks(tracks).map(({ format }) => format.codec.name)).toEqual(played);
  });

  it('never disturbs the picture: sound of G.711 comes and goes', () => {
    const video = videoTrack();
    using rig = new Rig({ tracks: [video, telephoneTrack()] });
    rig.play(2.5);
    rig.source.setTracks([video]);
    rig.play(2);
    rig.source.setTracks([video, telephoneTrack()]);
    rig.play(2);
    expect(rig.window.audio).toBeUndefined();
    expect(new Set(rig.story('video'))).toEqual(new Set(['1']));
  });

  it('a picture that becomes Motion JPEG has no window until it is back', () => {
    using rig = new Rig({ tracks: [videoTrack(), audioTrack()] });
    rig.play(2.5);
    rig.source.setTracks([jpegTrack(), audioTrack()]);
    rig.play(2);
    expect([rig.window.video, rig.window.audio]).toEqual([undefined, undefined]);
    rig.source.setTracks([videoTrack(), audioTrack()]);
    rig.play(2.5);
    expect(rig.story('video')).toEqual(['3', '3', '3']);
    expect(rig.window.video!.segments[0]!.msn).toBeGreaterThan(0);
  });
});

describe('a change in the middle of a stream', () => {
  const changes = [
    ['another resolution', () => [videoTrack(1)], () => [videoTrack()]],
    ['sound that appears', () => [videoTrack(), audioTrack()], () => [videoTrack()]],
    ['sound that disappears', () => [videoTrack()], () => [videoTrack(), audioTrack()]],
    ['other sound', () => [videoTrack(), telephoneTrack()], () => [videoTrack(), audioTrack()]],
  ] as const;

  it.each(changes)('%s: begins a new init segment behind a discontinuity', (_what, after, before) => {
    using rig = new Rig({ tracks: before() });
    rig.play(2.5);
    rig.source.setTracks(after());
    rig.play(2.5);
    expect(rig.story('video')).toEqual(['1', '1', '1', '2 new', '2', '2']);
    const { window } = rig;
    const target = { targetDuration: window.targetDuration, other: window.audio };
    const playlist = livePlaylist(window.video!, target);
    expect(playlist.segments.map(({ discontinuity, map }) => `${discontinuity} ${map.uri}`)).toEqual([
      ...['false', 'false', 'false'].map((is) => `${is} video/init-1.mp4`),
      'true video/init-2.mp4',
      'false video/init-2.mp4',
    ]);
    expect(liveEdge(window.video!).openParts).toBeGreaterThan(0);
    if (window.audio) {
      // Both renditions number their discontinuities alike (RFC 8216bis 6.2.4).
      const since = window.audio.segments.filter(({ generation }) => generation === 2);
      expect(since.length).toBe(3);
      expect(window.tracksOf(2)!.map(({ kind }) => kind)).toContain('audio');
    }
  });
});
