import type { H264Format, VideoFormat } from '@nightjar/media/codecs';
import { loadClip } from '@nightjar/media/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audioTrack, Publisher, videoTrack } from '../testing/index.ts';
import { VisionError } from '../vision/index.ts';
import { ladderOf } from './ladder.ts';
import type { ReducePictures } from './lower-rendition.ts';
import { LowerRenditions } from './lower-renditions.ts';

type Asked = Parameters<ReducePictures['video']>[0];

/** Makes nothing by itself: a test says what comes. */
class ScriptedReducer {
  readonly asked: Asked[] = [];
  open = 0;
  refuse = false;

  readonly video: ReducePictures['video'] = (asked) => {
    if (this.refuse) throw new VisionError('cut_off', 'it broke the decoder');
    this.asked.push(asked);
    this.open++;
    asked.onBegin();
    return { close: () => void this.open-- };
  };

  /** Smaller pictures, 25 a second, each 50th a key frame. */
  pictures(count: number, from = 0): void {
    for (let i = from; i < from + count; i++) {
      const key = i % 50 === 0;
      const slice = Buffer.concat([Buffer.from([key ? 0x65 : 0x41]), Buffer.alloc(50, 0xcc)]);
      const nals = [...(key ? small.parameterSets : []), slice];
      const data = Buffer.concat(nals.flatMap((nal) => [Buffer.from([0, 0, 0, 1]), nal]));
      this.asked.at(-1)!.onCoded({ type: 'coded', id: 1, data, time: i * 3_600, arrival: 0, key });
    }
  }
}

let small: H264Format;
let camera: Publisher;
let reducer: ScriptedReducer;
let lower: LowerRenditions;
let timers: number;

beforeAll(async () => {
  small = (await loadClip('yard')).video.format as H264Format;
});
beforeEach(() => {
  camera = new Publisher({ tracks: [videoTrack(), audioTrack()] });
  reducer = new ScriptedReducer();
  const { clock, pool } = camera;
  lower = new LowerRenditions({ vision: reducer, clock, pool, most: 2 });
  timers = clock.pending;
});
afterEach(() => {
  lower.close();
  lower.close();
  expect([reducer.open, lower.count, camera.clock.pending]).toEqual([0, 0, timers]);
  camera.close();
  expect(camera.pool.held).toBe(0);
});

const yard = () => ({ id: 'yard', media: camera.stream });
const lowest = () => lower.rungs(yard()).at(-1)!.name;

describe('the ladder', () => {
  it.each<[number, number, string[], VideoFormat['pixelAspect']?]>([
    [3840, 2160, ['480p 854', '240p 426']],
    [1920, 1080, ['480p 854', '240p 426']],
    [1280, 720, ['480p 854', '240p 426']],
    [1280, 960, ['480p 640', '240p 320']],
    [704, 576, ['240p 294']],
    [704, 576, ['240p 320'], { width: 12, height: 11 }],
    [640, 480, ['240p 320']],
    [320, 240, []],
    [1080, 1920, ['480p 270', '240p 136']],
  ])('of %i x %i is %j', (width, height, names, pixelAspect) => {
    const format = { ...(small as VideoFormat), width, height, ...(pixelAspect ? { pixelAspect } : {}) };
    expect(ladderOf(format).map((rung) => `${rung.name} ${rung.width}`)).toEqual(names);
  });
});

describe('a lower rendition', () => {
  it('is made once for all who watch it, from the newest picture on, with the sound beside it', () => {
    camera.play(3);
    const one = lower.of(yard(), lowest())!;
    expect(lower.of(yard(), lowest())).toBe(one);
    expect([reducer.open, lower.count]).toEqual([1, 1]);
    expect(reducer.asked[0]).toMatchObject({ subject: 'yard', media: camera.stream });
    reducer.pictures(60);
    expect(one.media.tracks.map(({ kind }) => kind)).toEqual(['video', 'audio']);
    expect(one.live().video?.segments.map(({ closed }) => closed)).toEqual([true, false]);
    camera.play(1);
    reducer.pictures(20, 60);
    expect(one.live().audio?.segments.length).toBeGreaterThan(0);
  });

  it('ends 15 s after the last request, and begins anew with the next', () => {
    camera.play(1);
    const one = lower.of(yard(), lowest())!;
    camera.clock.advance(14_000);
    one.live().touch();
    camera.clock.advance(14_000);
    expect(lower.count).toBe(1);
    camera.clock.advance(2_000);
    expect([lower.count, reducer.open]).toEqual([0, 0]);
    expect(lower.of(yard(), lowest())).not.toBe(one);
    expect(reducer.asked).toHaveLength(2);
  });

  it('ends with what makes it, with its stream, and is refused where that is', () => {
    camera.play(1);
    const one = lower.of(yard(), lowest())!;
    reducer.asked[0]!.onFailed(new VisionError('broken', 'no'));
    expect([lower.count, reducer.open, one.media.tracks]).toEqual([0, 0, []]);
    reducer.refuse = true;
    expect(() => lower.of(yard(), lowest())).toThrow(VisionError);
    expect(lower.count).toBe(0);
  });

  it('is one of a few at once, and one that there is', () => {
    camera.play(1);
    const other = { id: 'other', media: camera.stream };
    for (const { name } of lower.rungs(yard())) lower.of(yard(), name);
    expect(lower.of(other, 'nothing')).toBeUndefined();
    const third = new Publisher({ tracks: [videoTrack()] });
    third.play(1);
    const names = lower.rungs({ id: 'third', media: third.stream });
    expect(lower.count).toBe(lower.rungs(yard()).length);
    while (lower.count < 2) lower.of({ id: 'third', media: third.stream }, names.at(-1)!.name);
    const fourth = new Publisher({ tracks: [videoTrack()] });
    fourth.play(1);
    expect(() => lower.of({ id: 'fourth', media: fourth.stream }, names.at(-1)!.name)).toThrow('too many');
    lower.close();
    third.close();
    fourth.close();
  });
});
