import type { DesiredInference, DesiredStream, ObjectFact, ObjectsMessage } from '@nightjar/contract/link';
import type { SeenTrack } from '@nightjar/contract/vision';
import { stampFragment } from '@nightjar/media/mp4';
import { MediaStream } from '@nightjar/media/stream';
import { FakeClock } from '@nightjar/media/testing';
import { describe, expect, it } from 'vitest';
import { desiredStream, videoTrack } from '../testing/index.ts';
import { type Vision, VisionError } from '../vision/index.ts';
import { Inference } from './inference.ts';

type Asked = Parameters<Vision['objects']>[0];

const detector: DesiredInference['detector'] = {
  ...{ name: 'people', file: '/models/people.onnx', version: '1', width: 640, height: 640 },
  ...{ layout: 'yolov8', classes: ['person'], device: 'cpu', threads: 1 },
};
const inference = (changes: Partial<DesiredInference> = {}): DesiredInference => ({
  ...{ detector, threshold: 0.5, classes: [], zones: [], fps: 5 },
  ...changes,
});

const emptyStream = (): MediaStream => new MediaStream({ stamp: stampFragment });

class Rig {
  readonly clock = new FakeClock({ utc: Date.UTC(2026, 0, 5, 12) });
  readonly facts: ObjectFact[] = [];
  readonly told: ObjectsMessage[] = [];
  readonly asked: Asked[] = [];
  open = 0;
  refuse = false;
  media: MediaStream | undefined = emptyStream();
  readonly others = new Map<string, MediaStream>();
  readonly inference = new Inference({
    clock: this.clock,
    vision: {
      objects: (asked) => {
        if (this.refuse) throw new VisionError('unavailable', 'nothing decodes');
        this.asked.push(asked);
        this.open++;
        return { close: () => void this.open-- };
      },
    },
    media: (id) => (id === 'cam' ? this.media : this.others.get(id)),
    fact: (fact) => void this.facts.push(fact),
    tell: (message) => void this.told.push(message),
  });

  apply(changes: Partial<DesiredStream> = {}): void {
    this.inference.apply({ streams: [desiredStream('cam', { inference: inference(), ...changes })] });
  }

  /** What a look gives, 200 ms after the one before. */
  look(...tracks: [number, number, number?][]): void {
    this.clock.advance(200);
    const last = this.clock.monotonic() / 1000;
    const seen = tracks.map(([track, score, ago = 0]): SeenTrack => {
      return { track, class: 'person', score, box: [0.1, 0.1, 0.2, 0.5], last: last - ago };
    });
    this.asked.at(-1)!.onObjects(seen, this.clock.utc());
  }

  get phases(): string[] {
    return this.facts.splice(0).map(({ phase, object_id }) => `${phase} ${object_id.split('-')[1]}`);
  }
}

describe('what a network sees', () => {
  it('begins with its second look, is told of again while it stays, and ends when it is no longer followed', () => {
    const rig = new Rig();
    rig.apply();
    rig.look([1, 0.6]);
    expect(rig.phases).toEqual([]);
    rig.look([1, 0.9], [2, 0.7]);
    expect(rig.phases).toEqual(['started 1']);
    for (let i = 0; i < 24; i++) rig.look([1, 0.6]);
    expect(rig.phases).toEqual([]);
    rig.look([1, 0.6]);
    expect(rig.phases).toEqual(['updated 1']);
    rig.look([1, 0.6, 0.2], [3, 0.5]);
    rig.look([3, 0.5]);
    const [ended, started] = rig.facts;
    expect([ended!.phase, started!.phase]).toEqual(['started', 'ended']);
    const { at, since, best, stream_id } = started!;
    expect(stream_id).toBe('cam');
    expect(Date.parse(best.at) - Date.parse(since)).toBe(200);
    expect(best.score).toBe(0.9);
    expect(Date.parse(at) - Date.parse(since)).toBe(26 * 200);
  });

  it('is shown look by look, when it is no flicker', () => {
    const rig = new Rig();
    rig.apply();
    rig.look([1, 0.6]);
    rig.look([1, 0.6], [2, 0.6]);
    rig.look();
    expect(rig.told.map(({ stream_id, objects }) => [stream_id, objects.length])).toEqual([
      ['cam', 0],
      ['cam', 1],
      ['cam', 0],
    ]);
  });

  it('ends with the looking: stream stopped, settings changed, hours over, process lost', () => {
    const ends: ((rig: Rig) => void)[] = [
      (rig) => rig.apply({ running: false }),
      (rig) => rig.inference.apply({ streams: [] }),
      (rig) => rig.asked.at(-1)!.onFailed(new VisionError('broken', 'x')),
      (rig) => rig.inference.close(),
      (rig) => {
        rig.media = undefined;
        rig.clock.advance(1_000);
      },
    ];
    for (const end of ends) {
      const rig = new Rig();
      rig.apply();
      rig.look([1, 0.6]);
      rig.look([1, 0.6]);
      end(rig);
      expect(rig.phases).toEqual(['started 1', 'ended 1']);
    }
  });

  it('is looked for with one session, which other news of the stream leave alone', () => {
    const rig = new Rig();
    rig.apply();
    rig.apply({ restart_count: 2 });
    expect(rig.asked).toHaveLength(1);
    rig.apply({ inference: inference({ threshold: 0.7 }) });
    expect([rig.asked.length, rig.open]).toEqual([2, 1]);
    rig.media = emptyStream();
    rig.clock.advance(1_000);
    expect([rig.asked.length, rig.open]).toEqual([3, 1]);
    rig.inference.close();
    expect([rig.open, rig.clock.pending]).toEqual([0, 0]);
  });

  it('is looked for in smaller pictures of the camera while they flow', () => {
    const rig = new Rig();
    const smaller = emptyStream();
    rig.others.set('cam-sub', smaller);
    rig.apply({ inference: inference({ look_at: 'cam-sub' }) });
    const looked = () => rig.asked.map(({ media, subject }) => [media === smaller, subject]);
    expect(looked()).toEqual([[false, 'cam']]);
    smaller.setTracks([videoTrack()]);
    rig.clock.advance(1_000);
    smaller.setTracks([]);
    rig.clock.advance(1_000);
    expect(looked()).toEqual([
      [false, 'cam'],
      [true, 'cam'],
      [false, 'cam'],
    ]);
    expect(rig.open).toBe(1);
    rig.inference.close();
  });

  it('is looked for in the hours of the schedule alone', () => {
    const rig = new Rig();
    const hours = {
      time_zone: 'UTC',
      mon: ['12:30-13:00'],
      tue: [],
      wed: [],
      thu: [],
      fri: [],
      sat: [],
      sun: [],
    };
    rig.apply({ inference: inference({ schedule: hours as DesiredInference['schedule'] }) });
    expect(rig.open).toBe(0);
    rig.clock.advance(31 * 60_000);
    expect(rig.open).toBe(1);
    rig.clock.advance(30 * 60_000);
    expect(rig.open).toBe(0);
  });

  it('is looked for again some time after the process gave up', () => {
    const rig = new Rig();
    rig.refuse = true;
    rig.apply();
    rig.refuse = false;
    rig.clock.advance(5_000);
    expect(rig.open).toBe(0);
    rig.clock.advance(6_000);
    expect(rig.open).toBe(1);
  });
});
