import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { h265Format, splitAnnexB } from '../../codecs/index.ts';
import type { Track } from '../../stream/index.ts';
import { type OfferedCodec, parseOffer } from '../description/index.ts';
import { aacTrack, h264Track, opusTrack, pcmuTrack } from '../testing/feed-rig.ts';
import { h264Profile } from './h264-profile.ts';
import { chooseCodec, NothingToSendError, planTracks } from './index.ts';

const testdata = (name: string): URL => new URL(`../../../testdata/${name}`, import.meta.url);
const { media } = parseOffer(readFileSync(testdata('webrtc/chromium-156.sdp'), 'utf8'));
const VIDEO = media[0]!.codecs;
const AUDIO = media[1]!.codecs;

const h265Track: Track = {
  id: 1,
  kind: 'video',
  format: h265Format(splitAnnexB(readFileSync(testdata('codecs/main.h265')).subarray(0, 4096))),
};
const offered = (name: string, fmtp: string, clockRate = 90_000, channels = 1): OfferedCodec[] => [
  {
    ...{ payloadType: 50, name, clockRate, channels, feedback: [] },
    fmtp: new Map(fmtp.split(';').map((pair) => pair.split('=') as [string, string])),
  },
];

describe('the profile of H.264', () => {
  it.each([
    ['42e01f', 'constrained-baseline'],
    ['42c01e', 'constrained-baseline'],
    ['42001f', 'baseline'],
    ['4d001f', 'main'],
    ['4d801f', 'constrained-baseline'],
    ['640028', 'high'],
    ['640c28', 'constrained-high'],
    ['58c01f', 'constrained-baseline'],
    ['f4001f', 'other'],
    ['nonsense', 'other'],
  ])('of %s is %s', (id, profile) => expect(h264Profile(id)).toBe(profile));
});

describe('the codec for a track', () => {
  it.each([
    ['constrained Baseline', h264Track('42c01e'), 108, '42e01e', 109],
    ['Main', h264Track('4d0028'), 116, '4d0028', 117],
    ['High, which this browser does not offer', h264Track('640033'), 116, '4d0033', 117],
    ['constrained High', h264Track('640c28'), 116, '4d0028', 117],
  ])('of %s is the nearest one that has fragments', (_what, track, type, id, rtx) => {
    const choice = chooseCodec(track, VIDEO);
    expect(choice).toMatchObject({ codec: { payloadType: type }, rtx: { payloadType: rtx } });
    expect('fmtp' in choice && choice.fmtp).toBe(
      `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${id}`,
    );
  });

  it.each([
    ['Opus', opusTrack, 111],
    ['mu-law', pcmuTrack, 0],
  ])('of %s is the same', (_what, track, type) => {
    expect(chooseCodec(track, AUDIO)).toMatchObject({ codec: { payloadType: type }, rtx: undefined });
  });

  it.each([
    ['AAC', aacTrack, AUDIO, 'no aac like this (mp4a.40.2)'],
    ['H.265 where there is no decoder', h265Track, VIDEO, 'no h265 like this (hvc1.'],
    ['H.265 of another profile', h265Track, offered('H265', 'profile-id=2'), 'no h265'],
    ['H.264 where only mode 0 is taken', h264Track(), offered('H264', 'profile-level-id=42e01f'), 'no h264'],
    ['mu-law in stereo', pcmuTrack, offered('PCMU', '', 8000, 2), 'no pcmu'],
    ['Opus of another rate', opusTrack, offered('opus', '', 16_000, 2), 'no opus'],
  ])('%s is left out with the reason', (_what, track, codecs, reason) => {
    expect(chooseCodec(track, codecs)).toEqual({ reason: expect.stringContaining(reason) });
  });

  it('of H.265 is found by its profile, absent meaning Main', () => {
    expect(chooseCodec(h265Track, offered('h265', 'level-id=93'))).toMatchObject({
      codec: { payloadType: 50 },
    });
  });
});

describe('the plan for a peer', () => {
  const both = (kind: Track['kind']): readonly OfferedCodec[] => (kind === 'video' ? VIDEO : AUDIO);

  it('gives each track a source of its own and says what is left out', () => {
    const { plans, leftOut } = planTracks([h264Track(), aacTrack], both, () => 5);
    expect(plans.map(({ ssrc }) => ssrc)).toEqual([5]);
    expect(leftOut.map(({ track }) => track)).toEqual([aacTrack]);
  });

  it('never gives two sources one number, nor 0', () => {
    const numbers = [0, 1, 0];
    const { plans } = planTracks([h264Track(), opusTrack], both, () => numbers.shift()!);
    expect(plans.map(({ ssrc, rtxSsrc }) => [ssrc, rtxSsrc])).toEqual([
      [1, 2],
      [3, undefined],
    ]);
  });

  it('of a peer that cannot show the picture is refused, sound or not', () => {
    const plan = () => planTracks([h265Track, opusTrack], both, () => 5);
    expect(plan).toThrow(NothingToSendError);
    expect(plan).toThrow('no h265');
  });

  it('of a peer that asks for sound alone is sound alone', () => {
    const { plans } = planTracks(
      [h264Track(), opusTrack],
      (kind) => (kind === 'audio' ? AUDIO : undefined),
      () => 5,
    );
    expect(plans.map(({ track }) => track)).toEqual([opusTrack]);
  });

  it('of a peer that asks for nothing is refused', () => {
    expect(() =>
      planTracks(
        [h264Track()],
        () => undefined,
        () => 5,
      ),
    ).toThrow('no track that the peer asks for');
  });
});
