import { describe, expect, it } from 'vitest';
import { audioTrack, jpegTrack, telephoneTrack, videoTrack } from '../testing/index.ts';
import { Recording } from './testing/recording.ts';

/** `id samples` of each track of a file. */
const tracksOf = async (recording: Recording, name: string) =>
  (await recording.scan(name)).spans.map(({ trackId, samples }) => ({ id: trackId, samples }));

describe('what browsers do not play', () => {
  it.each([
    ['G.711 beside the picture', [videoTrack(), telephoneTrack()], ['avc1', 'ulaw']],
    ['Motion JPEG', [jpegTrack()], ['mp4v']],
    ['Motion JPEG with sound', [jpegTrack(), audioTrack()], ['mp4v', 'mp4a']],
    ['G.711 alone', [telephoneTrack()], ['ulaw']],
  ])('is recorded all the same: %s', async (_what, tracks, entries) => {
    const recording = new Recording({ tracks });
    recording.recorder.start();
    await recording.play(4);
    await recording.end();
    const [name] = recording.names();
    const found = await tracksOf(recording, name!);
    expect(found.map(({ id }) => id)).toEqual(tracks.map(({ id }) => id));
    for (const { samples } of found) expect(samples).toBeGreaterThan(40);
    for (const entry of entries) expect(recording.bytes(name!).includes(entry)).toBe(true);
    expect(recording.broken).toEqual([]);
  });
});

describe('a change in the middle of a stream', () => {
  it.each([
    ['another resolution', [videoTrack()], [videoTrack(1)]],
    ['sound that appears', [videoTrack()], [videoTrack(), audioTrack()]],
    ['sound that disappears', [videoTrack(), audioTrack()], [videoTrack()]],
    ['other sound', [videoTrack(), audioTrack()], [videoTrack(), telephoneTrack()]],
    ['another codec', [videoTrack()], [jpegTrack()]],
  ])('%s: ends the file and begins another, and nothing is missing', async (_what, before, after) => {
    const recording = new Recording({ tracks: before });
    recording.recorder.start();
    await recording.play(2);
    recording.source.setTracks(after);
    await recording.play(2);
    await recording.end();
    const closed = recording.of('segment.closed');
    expect(closed.map(({ reason }) => reason)).toEqual(['format_changed', 'stopped']);
    const pictures = [];
    for (const [i, name] of recording.names().entries()) {
      const found = await tracksOf(recording, name);
      expect(found.map(({ id }) => id)).toEqual([before, after][i]!.map(({ id }) => id));
      pictures.push(found[0]!.samples);
    }
    expect(pictures).toEqual([50, 50]);
    expect(recording.broken).toEqual([]);
  });
});
