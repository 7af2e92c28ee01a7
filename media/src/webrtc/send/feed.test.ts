import { describe, expect, it } from 'vitest';
import { aacTrack, FeedRig, h264Track, opusTrack } from '../testing/feed-rig.ts';

/** first_mb_in_slice 0, slice_type 6 (B): 1 00111, and P: 1 00110. */
const B_SLICE = 0b1001_1100;
const P_SLICE = 0b1001_1010;
const OTHER_PPS = Buffer.from('68ce3c80', 'hex');

describe('a feed', () => {
  it.each([
    ['slices say', (rig: FeedRig) => rig.picture({ slice: B_SLICE })],
    [
      'times say',
      (rig: FeedRig) => {
        rig.picture({ slice: P_SLICE, pts: 500_000 });
        rig.picture({ slice: P_SLICE, pts: 400_000 });
      },
    ],
  ])('with B-frames, as %s, ends its peers and says why', (_what, play) => {
    const rig = new FeedRig([h264Track('4d001f')]);
    rig.picture({ key: true });
    rig.sender().start();
    play(rig);
    expect(rig.ends).toEqual(['reordered']);
    expect([rig.feed.reordered, rig.feed.settled]).toEqual([true, true]);
    rig.sender().start();
    expect(rig.ends).toEqual(['reordered', 'reordered']);
  });

  it('whose parameter sets promise no B-frames is settled at once', () => {
    // Constrained Baseline has none; the VUI of these sets says so too.
    expect(new FeedRig([h264Track('42c01e')]).feed.settled).toBe(true);
  });

  it('without pictures is settled, without tracks it is not', () => {
    const rig = new FeedRig([opusTrack]);
    expect(rig.feed.settled).toBe(true);
    rig.feed.onEnd();
    expect(rig.feed.settled).toBe(false);
  });

  it('goes on when the source comes back as it was, from a key frame', () => {
    const rig = new FeedRig();
    rig.picture({ key: true });
    rig.sender().start();
    rig.feed.onTracks([]);
    expect(rig.feed.lane(rig.tracks[0]!)?.gop).toEqual([]);
    rig.feed.onTracks(rig.tracks);
    rig.picture({ key: true });
    expect(rig.times()).toHaveLength(2);
    expect(rig.ends).toEqual([]);
  });

  it('sends changed parameter sets in band', () => {
    const changed = h264Track('42c01e', OTHER_PPS);
    const rig = new FeedRig([h264Track()]);
    rig.picture({ key: true });
    rig.sender().start();
    rig.feed.onTracks([changed]);
    (rig.tracks as unknown[]).splice(0, 1, changed);
    rig.picture({ key: true });
    expect(rig.sent.at(-2)!.payload).toEqual(OTHER_PPS);
    expect(rig.ends).toEqual([]);
  });

  it.each([
    ['sound comes', [h264Track(), opusTrack]],
    ['the codec is another', [opusTrack]],
  ])('ends its peers when %s: they must be offered anew', (_what, tracks) => {
    const rig = new FeedRig();
    rig.picture({ key: true });
    rig.sender().start();
    rig.feed.onTracks(tracks);
    expect(rig.ends).toEqual(['tracks_changed']);
  });

  it('keeps no GOP above its limit, and joins at the next key frame then', () => {
    const rig = new FeedRig();
    rig.picture({ key: true, bytes: 5_000_000 });
    rig.picture({ bytes: 4_000_000 });
    rig.sender().start();
    expect(rig.sent).toEqual([]);
    rig.picture({ key: true });
    expect(rig.times()).toHaveLength(1);
  });

  it('carries what RTP can, whether or not a browser takes it', () => {
    const rig = new FeedRig([h264Track(), aacTrack]);
    expect(rig.feed.tracks).toEqual(rig.tracks);
  });
});
