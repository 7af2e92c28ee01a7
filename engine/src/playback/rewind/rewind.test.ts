import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fragmentHead } from '@nightjar/media/mp4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveWindow, livePlaylist } from '../../live/index.ts';
import { audioTrack, videoTrack } from '../../testing/index.ts';
import { Library } from '../library.ts';
import { Playback } from '../playback.ts';
import { fileStore } from '../store.ts';
import { RecordedCamera } from '../testing/recorded-camera.ts';
import type { Kind } from './past.ts';
import { Rewind } from './rewind.ts';

const T = Date.UTC(2026, 0, 2, 3, 4, 0);
const STEP: Record<Kind, number> = { video: 3600, audio: 1024 };

let folder: string;
let camera: RecordedCamera;
let window: LiveWindow;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-rewind-'));
});
afterEach(async () => {
  window?.close();
  await camera.end();
  await rm(folder, { recursive: true });
});

const both = () => [videoTrack(), audioTrack()];

function open(recorded = () => true): Rewind {
  const { stream, clock } = camera.source;
  window = new LiveWindow({ stream, clock, linger: 1e9, onIdle: () => undefined });
  camera.source.play(0.5);
  const footage = new Library({ store: fileStore, folder: () => folder });
  return new Rewind({ streamId: 'cam', window, footage, recorded, utc: () => clock.utc() });
}

/** What a player reads from a playlist that goes `seconds` back. */
function listed(rewind: Rewind, kind: Kind, seconds: number) {
  const other = window[kind === 'video' ? 'audio' : 'video'];
  const { targetDuration } = window;
  return livePlaylist(window[kind]!, { targetDuration, other, before: rewind.view(kind, seconds) });
}

/** The decode times of all frames, from the oldest listed segment up to the newest part. */
async function timesOf(rewind: Rewind, kind: Kind, seconds: number): Promise<number[]> {
  const times: number[] = [];
  for (const { msn, gap } of rewind.view(kind, seconds).segments) {
    const bytes = gap ? [] : ((await rewind.segment(kind, msn, AbortSignal.timeout(60_000))) ?? []);
    times.push(...bytes.map((fragment) => fragmentHead(fragment, 0).dts));
  }
  const parts = (window[kind]?.segments ?? []).flatMap((segment) => segment.parts);
  for (const range of parts.flatMap((part) => part.ranges.buffers())) {
    for (let at = 0; at < range.length; at = fragmentHead(range, at).end)
      times.push(fragmentHead(range, at).dts);
  }
  return times;
}

const steps = (times: readonly number[]): number[] => times.slice(1).map((time, i) => time - times[i]!);

describe('a live playlist that goes back into footage', () => {
  it.each([['video'], ['audio']] as const)(
    'has every frame of %s once over the seam, on one timeline',
    async (kind) => {
      camera = new RecordedCamera(folder, { tracks: both(), segmentDuration: 10 });
      await camera.play(31, { gop: 50 });
      const rewind = open();
      await rewind.reach(25);
      await camera.play(40, { gop: 50 });
      const playlist = listed(rewind, kind, 60);
      // Files of before the window, what left its memory, and the memory itself.
      expect(playlist.segments.length).toBeGreaterThan(20);
      expect(playlist.segments.slice(1).some(({ discontinuity }) => discontinuity)).toBe(false);
      expect(new Set(playlist.segments.map(({ map }) => map.uri)).size).toBe(1);
      const times = await timesOf(rewind, kind, 60);
      const wrong = steps(times).filter((step) => Math.abs(step - STEP[kind]) > (kind === 'audio' ? 1 : 0));
      expect(wrong).toEqual([]);
      const length = (times.at(-1)! - times[0]!) / (kind === 'video' ? 90_000 : 16_000);
      expect(length).toBeGreaterThan(57);
      const sum = playlist.segments.reduce((all, { duration }) => all + duration, 0);
      expect(Math.abs(sum - length)).toBeLessThan(2.5);
      for (const { duration } of playlist.segments)
        expect(Math.round(duration)).toBeLessThanOrEqual(playlist.targetDuration);
    },
  );

  it('numbers its segments without a hole, and never back, however far each viewer looks', async () => {
    camera = new RecordedCamera(folder, { tracks: both(), segmentDuration: 10 });
    await camera.play(60, { gop: 50 });
    const rewind = open();
    await rewind.reach(10);
    const short = rewind.view('video', 10);
    await rewind.reach(50);
    const long = rewind.view('video', 50);
    expect(long.mediaSequence).toBeLessThan(short.mediaSequence);
    const again = long.segments.find(({ msn }) => msn === short.mediaSequence);
    expect(again).toEqual(short.segments[0]);
    expect(long.segments.map(({ msn }) => msn)).toEqual(long.segments.map((_, i) => long.mediaSequence + i));
    let before = long.mediaSequence;
    for (let i = 0; i < 20; i++) {
      await camera.play(3, { gop: 50 });
      const { mediaSequence, segments } = rewind.view('video', 50);
      expect(mediaSequence).toBeGreaterThanOrEqual(before);
      expect(mediaSequence + segments.length).toBe(window.video!.segments[0]!.msn);
      before = mediaSequence;
    }
  });

  it('says where time and format do not go on: another run of the engine, another init segment', async () => {
    camera = new RecordedCamera(folder, { tracks: [videoTrack(1)], segmentDuration: 10 });
    await camera.play(12, { gop: 50 });
    await camera.end();
    camera = new RecordedCamera(folder, { tracks: [videoTrack()], segmentDuration: 10, utc: T + 20_000 });
    await camera.play(4, { gop: 50 });
    const rewind = open();
    await rewind.reach(60);
    const { segments, discontinuitySequence } = listed(rewind, 'video', 60);
    const breaks = segments.map(({ discontinuity }) => discontinuity === true);
    const maps = [...new Set(segments.map(({ map }) => map.uri))];
    expect(maps).toEqual(['video/init-past-0.mp4', 'video/init-1.mp4']);
    expect(rewind.init(0)?.includes(Buffer.from('moov'))).toBe(true);
    const second = segments.findIndex(({ map }) => map.uri === 'video/init-1.mp4');
    expect(breaks.flatMap((is, i) => (is && i > 0 ? [i] : []))).toContain(second);
    // Two files of before make two breaks at most; the window goes on without another.
    expect(
      segments
        .filter(({ programDateTime }) => programDateTime! >= T + 22_000)
        .some((one) => one.discontinuity),
    ).toBe(false);
    // The oldest leave, and are counted.
    await camera.play(60, { gop: 50 });
    const later = listed(rewind, 'video', 20);
    expect(later.discontinuitySequence).toBeGreaterThan(discontinuitySequence);
    expect(later.segments.some(({ discontinuity }) => discontinuity)).toBe(false);
  });

  it('goes no further back than memory where nothing is recorded, and shows what is missing as a gap', async () => {
    camera = new RecordedCamera(folder, { tracks: [videoTrack()], segmentDuration: 10 });
    await camera.play(3, { gop: 50 });
    let recorded = false;
    const rewind = open(() => recorded);
    await rewind.reach(60);
    await camera.play(60, { gop: 50 });
    // What was recorded before is there; what left memory since is a gap behind it.
    const { segments } = rewind.view('video', 40);
    expect(segments).toEqual([]);
    recorded = true;
    await camera.play(30, { gop: 50 });
    const after = rewind.view('video', 40).segments;
    expect(after.length).toBeGreaterThan(5);
    expect(after[0]!.gap).toBe(false);
  });

  it('turns a segment whose file is gone into a gap', async () => {
    camera = new RecordedCamera(folder, { tracks: [videoTrack()], segmentDuration: 10 });
    await camera.play(21, { gop: 50 });
    const rewind = open();
    await rewind.reach(30);
    const [first] = rewind.view('video', 30).segments;
    await rm(join(folder, camera.names()[0]!));
    expect(await rewind.segment('video', first!.msn, AbortSignal.timeout(5000))).toBeUndefined();
    expect(rewind.view('video', 30).segments[0]!.msn).toBeGreaterThan(first!.msn);
    expect(await rewind.segment('video', 1, AbortSignal.timeout(5000))).toBeUndefined();
  });

  it('shows nothing older in a playlist whose sound was away for a while', async () => {
    camera = new RecordedCamera(folder, { tracks: both(), segmentDuration: 10 });
    await camera.play(5, { gop: 50 });
    const rewind = open();
    await rewind.reach(60);
    await camera.play(30, { gop: 50 });
    const { tracks } = camera.source.stream;
    camera.source.setTracks([tracks[0]!]);
    await camera.play(5, { gop: 50 });
    camera.source.setTracks(tracks);
    await camera.play(5, { gop: 50 });
    const { segments, mediaSequence } = rewind.view('audio', 60);
    expect(segments).toEqual([]);
    expect(mediaSequence).toBe(window.audio!.segments[0]!.msn);
    await camera.play(40, { gop: 50 });
    const audio = rewind.view('audio', 60);
    expect(audio.mediaSequence + audio.segments.length).toBe(window.audio!.segments[0]!.msn);
  });

  it.each([
    ['clear', false, 0],
    ['covered', true, 20],
  ])('of a stream whose pictures are covered goes back into %s footage for %j', async (_, covered, least) => {
    camera = new RecordedCamera(folder, { tracks: both(), segmentDuration: 10, covered });
    await camera.play(31, { gop: 50 });
    open();
    const { clock } = camera.source;
    const playback = new Playback({ store: fileStore, folder: () => folder, utc: () => clock.utc() });
    const writing = new Set(camera.names());
    const covering = playback.rewind({ id: 'cam', privacy: {}, writing }, window);
    await covering.reach(25);
    const seconds = covering.view('video', 25).segments.reduce((sum, { duration }) => sum + duration, 0);
    if (covered) expect(seconds).toBeGreaterThan(least);
    else expect(seconds).toBe(0);
  });
});
