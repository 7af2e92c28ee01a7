import { PrivacyOptions } from '@nightjar/contract';
import type { AudioFormat, H264Format } from '@nightjar/media/codecs';
import { type Frame, FrameWriter, type Reader, type Track } from '@nightjar/media/stream';
import { loadClip } from '@nightjar/media/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  audioTrack,
  desiredState,
  desiredStream,
  type ScriptedRun,
  StreamsRig,
  videoTrack,
} from '../testing/index.ts';
import { type Vision, VisionError } from '../vision/index.ts';

type Asked = Parameters<Vision['blur']>[0];
type Sounding = Parameters<Vision['sound']>[0];

/** Covers nothing by itself: a test says what comes. */
class ScriptedCover {
  readonly asked: Asked[] = [];
  open = 0;
  refuse = false;

  readonly blur: Vision['blur'] = (asked) => {
    if (this.refuse) throw new VisionError('unavailable', 'nothing decodes');
    this.asked.push(asked);
    this.open++;
    asked.onBegin();
    return { close: () => void this.open-- };
  };

  readonly heard: Sounding[] = [];

  readonly sound: Vision['sound'] = (asked) => {
    this.heard.push(asked);
    this.open++;
    return { close: () => void this.open-- };
  };

  /** One covered picture at `time`, of one that came at `arrival`. */
  picture(time: number, key: boolean, arrival = 0, of = this.asked.at(-1)!): void {
    const sets = key ? covered.parameterSets : [];
    const slice = Buffer.concat([Buffer.from([key ? 0x65 : 0x41]), Buffer.alloc(50, 0xcc)]);
    const data = Buffer.concat([...sets, slice].flatMap((nal) => [Buffer.from([0, 0, 0, 1]), nal]));
    of.onCoded({ type: 'coded', id: 1, data, time, arrival, key });
  }
}

/** Everything that reaches a reader. */
class Watcher implements Reader {
  tracks: readonly Track[] = [];
  readonly frames: { kind: string; dts: number; key: boolean; bytes: Buffer }[] = [];
  ended = false;

  onTracks(tracks: readonly Track[]): void {
    this.tracks = tracks;
  }

  onFrame({ track, dts, key, slab, payload, end }: Frame): void {
    this.frames.push({ kind: track.kind, dts, key, bytes: Buffer.from(slab.buffer.subarray(payload, end)) });
  }

  onEnd(): void {
    this.ended = true;
  }

  get pictures() {
    return this.frames.filter(({ kind }) => kind === 'video');
  }
}

/** What a clear picture is made of here. */
const CLEAR = 0xee;
let covered: H264Format;
beforeAll(async () => {
  covered = (await loadClip('yard')).video.format as H264Format;
});

const privacy = (changes: object = {}): PrivacyOptions => PrivacyOptions.parse(changes);
const yard = (changes: object = {}) => desiredStream('cam', { privacy: privacy(), ...changes });

/** The camera sends clear pictures and sound. */
function film({ options: { stream, pool, clock } }: ScriptedRun, from: number, count: number): void {
  for (const track of stream.tracks) {
    const writer = new FrameWriter({ track, pool, clock, push: (frame) => stream.push(frame) });
    for (let i = from; i < from + count; i++) {
      writer.begin();
      writer.nal(Buffer.alloc(200, CLEAR), 0, 200);
      const time = i * (track.kind === 'video' ? 3_600 : 1_024);
      writer.finish(time, time, track.kind === 'audio' || i % 25 === 0);
    }
    writer.close();
  }
}

async function start(desired = yard(), cover: ScriptedCover | undefined = new ScriptedCover()) {
  const rig = new StreamsRig(cover);
  rig.registry.apply(desiredState([desired]));
  await rig.registry.settled();
  await rig.advance(0);
  rig.camera.run.ready([videoTrack(), audioTrack()]).live();
  const watcher = new Watcher();
  rig.registry.get('cam')!.media.attach(watcher, true);
  return { rig, cover: cover!, watcher };
}

describe('a stream whose privacy is on', () => {
  it('is live when covered pictures flow, and never carries one of the camera', async () => {
    const { rig, cover, watcher } = await start();
    film(rig.camera.run, 0, 30);
    expect(rig.states()).toEqual(['connecting']);
    expect(watcher.frames).toEqual([]);
    cover.picture(3_600, false);
    expect(watcher.frames).toEqual([]);
    cover.picture(7_200, true);
    expect(rig.states()).toEqual(['connecting', 'ready', 'live']);
    cover.picture(10_800, false);
    film(rig.camera.run, 30, 30);
    expect(watcher.pictures.map(({ dts, key }) => [dts, key])).toEqual([
      [7_200, true],
      [10_800, false],
    ]);
    expect(watcher.pictures.some(({ bytes }) => bytes.includes(CLEAR))).toBe(false);
    expect(watcher.tracks.map(({ kind, id }) => [kind, id])).toEqual([
      ['video', 1],
      ['audio', 2],
    ]);
    expect(watcher.frames.filter(({ kind }) => kind === 'audio')).toHaveLength(30);
    await rig.registry.close();
    expect(cover.open).toBe(0);
    expect(rig.pool.held).toBe(0);
  });

  it('shows the original to nobody who does not ask for it', async () => {
    const { rig } = await start();
    const original = rig.registry.get('cam', true)!;
    expect(original).not.toBe(rig.registry.get('cam'));
    expect(original.media).toBe(rig.camera.run.options.stream);
    expect(rig.registry.get('cam~original')).toBeUndefined();
    expect(rig.registry.observed().map(({ id }) => id)).toEqual(['cam']);
    expect(rig.registry.samples().map(({ stream_id }) => stream_id)).toEqual(['cam']);
    await rig.registry.close();
  });

  it('has no sound where it is muted', async () => {
    const { rig, cover, watcher } = await start(yard({ privacy: privacy({ audio: 'mute' }) }));
    cover.picture(0, true);
    film(rig.camera.run, 0, 10);
    expect(watcher.tracks.map(({ kind }) => kind)).toEqual(['video']);
    expect(watcher.frames.filter(({ kind }) => kind === 'audio')).toEqual([]);
    await rig.registry.close();
  });

  it('has sound that was masked, and not a byte of the other, where it is to be', async () => {
    const { rig, cover, watcher } = await start(yard({ privacy: privacy({ audio: 'mask' }) }));
    cover.picture(0, true);
    film(rig.camera.run, 0, 10);
    expect(watcher.tracks.map(({ format }) => format.codecString)).toEqual([
      expect.stringMatching(/^avc1/),
      'mp4a.40.2',
    ]);
    expect(watcher.tracks[1]!.format.clockRate).toBe(16_000);
    const sounds = () => watcher.frames.filter(({ kind }) => kind === 'audio');
    expect(sounds()).toEqual([]);
    expect(cover.heard[0]!.target(audioTrack().format as AudioFormat)).toMatchObject({ masked: true });
    cover.heard[0]!.onSound(Buffer.alloc(40, 0xaa), 1_024);
    expect(sounds()).toMatchObject([{ dts: 1_024 }]);
    cover.heard[0]!.onFailed(new VisionError('cut_off', 'broke it'));
    film(rig.camera.run, 10, 10);
    await rig.advance(10_000);
    expect(cover.heard).toHaveLength(2);
    expect(sounds()).toHaveLength(1);
    expect(watcher.frames.some(({ bytes }) => bytes.includes(CLEAR))).toBe(false);
    await rig.registry.close();
    expect(cover.open).toBe(1);
  });

  it('has no picture at all where nothing can cover it', async () => {
    const rig = new StreamsRig();
    rig.registry.apply(desiredState([yard()]));
    await rig.registry.settled();
    await rig.advance(0);
    rig.camera.run.ready([videoTrack()]).live();
    await rig.advance(0);
    expect(rig.states()).toEqual(['connecting', 'connecting internal']);
    expect(rig.registry.get('cam')!.media.tracks).toEqual([]);
    await rig.registry.close();
  });

  it('tells why its camera is lost, and comes back with it', async () => {
    const { rig, cover, watcher } = await start();
    cover.picture(0, true);
    rig.camera.run.lose('timeout');
    await rig.advance(0);
    expect(rig.states().at(-1)).toBe('reconnecting timeout');
    expect(watcher.tracks).toEqual([]);
    await rig.advance(600);
    rig.camera.run.ready([videoTrack()]).live();
    await rig.advance(0);
    cover.picture(90_000, true);
    expect(rig.states().slice(-2)).toEqual(['ready', 'live']);
    await rig.registry.close();
  });

  it('fails with its camera, and comes up when it is started again', async () => {
    const { rig, cover } = await start();
    rig.camera.run.lose('auth_failed');
    await rig.advance(0);
    expect(rig.states().at(-1)).toBe('failed auth_failed');
    rig.registry.apply(desiredState([yard({ restart_count: 1 })], { revision: 2 }));
    await rig.registry.settled();
    await rig.advance(0);
    rig.camera.run.ready([videoTrack()]).live();
    await rig.advance(0);
    cover.picture(0, true);
    expect(rig.states().at(-1)).toBe('live');
    await rig.registry.close();
  });

  it('goes dark while nobody covers, and begins anew with a key frame and later times', async () => {
    const { rig, cover, watcher } = await start();
    cover.picture(0, true);
    cover.picture(36_000, false);
    cover.asked.at(-1)!.onBegin();
    cover.picture(39_600, false);
    cover.picture(18_000, true);
    cover.picture(43_200, false);
    expect(watcher.pictures.map(({ dts }) => dts)).toEqual([0, 36_000, 36_090, 43_200]);
    cover.asked.at(-1)!.onFailed(new VisionError('cut_off', 'broke it'));
    await rig.advance(0);
    expect(rig.states().at(-1)).toBe('reconnecting no_media');
    cover.refuse = true;
    await rig.advance(600);
    expect(rig.states().at(-1)).toBe('reconnecting no_media');
    cover.refuse = false;
    await rig.advance(6_000);
    cover.picture(500_000, true);
    expect(rig.states().at(-1)).toBe('live');
    expect(rig.camera.runs).toHaveLength(1);
    await rig.registry.close();
  });

  it('is lost after 12 s without a covered picture', async () => {
    const { rig, cover } = await start();
    cover.picture(0, true);
    for (let i = 0; i < 12; i++) await rig.advance(1_000);
    expect(rig.states().at(-1)).toBe('reconnecting no_media');
    await rig.registry.close();
  });

  it('takes no pictures that are none', async () => {
    const { rig, cover, watcher } = await start();
    const { onCoded } = cover.asked.at(-1)!;
    const about = { type: 'coded', id: 1, time: 0, arrival: 0, key: true } as const;
    for (const data of ['', '00000001', '0000000165ff', '000000016742', 'ffffffff', '0000000109f0'])
      onCoded({ ...about, data: Buffer.from(data, 'hex') });
    onCoded({ ...about, data: Buffer.alloc(9 * 1024 * 1024, 1) });
    expect(watcher.frames).toEqual([]);
    expect(rig.states()).toEqual(['connecting']);
    await rig.registry.close();
  });

  it('covers in another way when it is told so, without asking the camera again', async () => {
    const { rig, cover } = await start();
    cover.picture(0, true);
    rig.registry.apply(desiredState([yard({ privacy: privacy({ style: 'solid' }) })], { revision: 2 }));
    await rig.registry.settled();
    await rig.advance(0);
    expect(cover.asked.map(({ options }) => options.style)).toEqual(['blur', 'solid']);
    expect(cover.open).toBe(1);
    expect(rig.camera.runs).toHaveLength(1);
    await rig.registry.close();
  });
});

describe('turning privacy on', () => {
  it('sends everybody away who watches, and leaves nothing of what they saw', async () => {
    const { rig, cover, watcher } = await start(desiredStream('cam'));
    film(rig.camera.run, 0, 30);
    expect(watcher.pictures).toHaveLength(30);
    const before = rig.registry.get('cam')!;
    const window = before.live();
    rig.registry.apply(desiredState([yard()], { revision: 2 }));
    await rig.registry.settled();
    await rig.advance(0);
    expect(watcher.ended).toBe(true);
    const after = rig.registry.get('cam')!;
    expect(after).not.toBe(before);
    expect(after.live()).not.toBe(window);
    expect(after.media.gop).toEqual([]);
    rig.camera.run.ready([videoTrack()]).live();
    await rig.advance(0);
    film(rig.camera.run, 30, 30);
    expect(after.media.gop).toEqual([]);
    cover.picture(0, true);
    expect(after.media.gop).toHaveLength(1);
    await rig.registry.close();
    expect(rig.pool.held).toBe(0);
  });

  it('marks the footage that is recorded from then on', async () => {
    const recording = { enabled: true, segment_duration: 60 };
    const { rig, cover } = await start(yard({ recording }));
    cover.picture(0, true);
    for (let i = 1; i < 60; i++) cover.picture(i * 3_600, i % 25 === 0);
    await rig.registry.close();
    const texts = [...rig.storage.files.values()].map((file) => file.bytes.toString('latin1'));
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('"covered":true');
    expect(rig.facts.filter(({ kind }) => kind === 'segment.closed')).toMatchObject([{ stream_id: 'cam' }]);
  });
});

it.each([
  ['in its time', 0, 50],
  // Two key pictures of the past, and the one of now.
  ['with two seconds that it kept', 50, 50],
  ['with half a second that it kept', 13, 38],
])(
  'leaves it where it happened, and clear footage of a camera that begins %s follows it',
  async (_, burst, shown) => {
    const recording = { enabled: true, segment_duration: 600 };
    const { rig, cover } = await start(yard({ recording }));
    const first = rig.clock.utc();
    await rig.advance(2_000);
    for (let i = 0; i < 75; i++) {
      cover.picture(i * 3_600, i % 25 === 0, first + i * 40);
      await rig.advance(40);
    }
    // Another coder begins with what was shown already: it does not lie before what is recorded.
    cover.asked.at(-1)!.onBegin();
    cover.picture(50 * 3_600, true, first + 2_000);
    const off = rig.clock.utc();
    rig.registry.apply(desiredState([desiredStream('cam', { recording })], { revision: 2 }));
    await rig.registry.settled();
    await rig.advance(0);
    rig.camera.run.ready([videoTrack(), audioTrack()]).live();
    film(rig.camera.run, 100, burst);
    for (let i = 0; i < 50; i++) {
      film(rig.camera.run, 100 + burst + i, 1);
      await rig.advance(40);
    }
    await rig.registry.close();
    const files = rig.facts.filter((fact) => fact.kind === 'segment.closed');
    expect(Date.parse(files[0]!.start)).toBe(first);
    expect(Date.parse(files[1]!.start)).toBe(off + (50 - shown) * 40);
    expect(files[1]!.duration).toBeCloseTo(shown / 25, 3);
    expect(Date.parse(files[0]!.end)).toBeLessThanOrEqual(first + 3_040);
  },
);
