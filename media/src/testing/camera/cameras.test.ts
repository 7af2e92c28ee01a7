import { describe, expect, it, onTestFinished } from 'vitest';
import { isAac, isH264 } from '../../codecs/index.ts';
import { RtspError } from '../../rtsp/index.ts';
import { FakeClock } from '../fake-clock.ts';
import { Watcher } from '../watcher.ts';
import { type SyntheticCameras, type SyntheticCamerasOptions, startSyntheticCameras } from './cameras.ts';
import { loadClip } from './clip.ts';

/** Closed with the test. */
function watch(url: string, requestMs?: number): Watcher {
  const watcher = new Watcher(url, requestMs === undefined ? {} : { requestMs });
  onTestFinished(() => watcher[Symbol.asyncDispose]());
  return watcher;
}

async function start(options: SyntheticCamerasOptions): Promise<SyntheticCameras> {
  const cameras = await startSyntheticCameras(options);
  onTestFinished(() => cameras.close());
  return cameras;
}

const yard = await loadClip('yard');
const picture = (bytes: Buffer, clip = yard) =>
  clip.video.frames.findIndex(({ units }) => bytes.subarray(-units.at(-1)!.length).equals(units.at(-1)!));
const midnight = Date.UTC(2026, 5, 1);
const cameraError = (code: string) => expect.objectContaining({ name: 'RtspError', code });

describe('synthetic cameras', () => {
  it('give a client the pictures and the sound of the clip, bit for bit', async () => {
    const clock = new FakeClock({ utc: midnight + 12_700 });
    const cameras = await start({ clock, cameras: [{ path: 'front', clip: 'yard' }] });
    const watcher = await watch(cameras.url('front')).play();
    await watcher.seen.until(() => watcher.seen.of('video').length >= 18);
    for (let second = 0; second < 4; second++) {
      const want = watcher.seen.of('video').length + 25;
      clock.advance(1_000);
      await watcher.seen.until(() => watcher.seen.of('video').length >= want);
    }
    const pictures = watcher.seen.of('video').map(({ bytes }) => picture(bytes));
    expect(pictures).toEqual(Array.from({ length: pictures.length }, (_, index) => 300 + index));
    const units = yard.audio!.frames.map(({ units: [unit] }) => unit!);
    const sound = watcher.seen.of('audio').map(({ bytes }) => units.findIndex((unit) => unit.equals(bytes)));
    expect(sound.length).toBeGreaterThan(200);
    for (const [index, unit] of sound.entries()) expect(unit).toBe((sound[0]! + index) % 375);
    const [video, audio] = watcher.seen.tracks.at(-1)!.map(({ format }) => format);
    expect(isH264(video!) && video.record).toEqual(yard.video.format.record);
    expect(isAac(audio!) && audio.record).toEqual(yard.audio!.format.record);
  });

  it('keep sound and picture together on the way', async () => {
    const clock = new FakeClock({ utc: midnight + 500 });
    const cameras = await start({ clock, cameras: [{ path: 'front', clip: 'yard' }] });
    const watcher = await watch(cameras.url('front')).play();
    await watcher.seen.until(() => watcher.seen.of('audio').length > 0);
    clock.advance(2_000);
    await watcher.seen.until(() => watcher.seen.of('video').length >= 60);
    const video = watcher.seen.all.find(({ kind }) => kind === 'video')!;
    const audio = watcher.seen.all.find(({ kind }) => kind === 'audio')!;
    const unit = yard.audio!.frames.findIndex(({ units }) => units[0]!.equals(audio.bytes));
    const apart = (midnight % 8_000) + picture(video.bytes) * 40 - (unit * 64) / 3;
    expect(((video.dts - audio.dts) * 1000 - apart) % 8_000).toBeCloseTo(0, 0);
  });

  it('let clients come at any time of a group of pictures, each with numbers of its own', async () => {
    const clock = new FakeClock({ utc: midnight + 10_000 });
    const cameras = await start({ clock, cameras: [{ path: 'front', clip: 'yard' }] });
    const first = await watch(cameras.url('front')).play();
    await first.seen.until(() => first.seen.of('video').length >= 1);
    clock.advance(1_300);
    const second = await watch(cameras.url('front')).play();
    await second.seen.until(() => second.seen.of('video').length >= 33);
    clock.advance(400);
    await second.seen.until(() => second.seen.of('video').length >= 43);
    await first.seen.until(() => first.seen.of('video').length >= 43);
    expect(second.seen.of('video').map(({ bytes }) => picture(bytes))).toEqual(
      first.seen.of('video').map(({ bytes }) => picture(bytes)),
    );
    expect(second.seen.all[0]!.key).toBe(true);
    expect(second.rtptimes).not.toEqual(first.rtptimes);
    expect(cameras.stats()).toMatchObject({ cameras: 1, playing: 2 });
  });

  it('begin at a key frame also for a client that takes its time before PLAY', async () => {
    const clock = new FakeClock({ utc: midnight + 10_000 });
    const cameras = await start({ clock, cameras: [{ path: 'front', clip: 'yard' }] });
    const watcher = await watch(cameras.url('front')).play(() => clock.advance(20_900));
    await watcher.seen.until(() => watcher.seen.of('video').length >= 23);
    expect([watcher.seen.all[0]!.key, picture(watcher.seen.of('video')[0]!.bytes)]).toEqual([true, 750]);
  });

  it('begin with the next key frame where asked to, for later clients too', async () => {
    const clock = new FakeClock({ utc: midnight + 10_600 });
    const camera = { path: 'front', clip: 'yard', startAt: 'next-key' } as const;
    const cameras = await start({ clock, cameras: [camera] });
    const watchers = [await watch(cameras.url('front')).play()];
    clock.advance(1_500);
    await watchers[0]!.seen.until(() => watchers[0]!.seen.of('video').length >= 3);
    watchers.push(await watch(cameras.url('front')).play());
    clock.advance(3_000);
    for (const [index, watcher] of watchers.entries()) {
      await watcher.seen.until(() => watcher.seen.of('video').length >= 25);
      expect([watcher.seen.all[0]!.key, picture(watcher.seen.of('video')[0]!.bytes)]).toEqual([
        true,
        300 + 50 * index,
      ]);
    }
  });

  it('are found at any path with a wildcard, each at a time of its own', async () => {
    const clock = new FakeClock({ utc: midnight });
    const cameras = await start({ clock, wildcard: 'yard', cameras: [{ path: 'door', clip: 'door' }] });
    const [one, two, again, door] = await Promise.all(
      ['load/1', 'load/2', 'load/1', 'door'].map((path) => watch(cameras.url(path)).play()),
    );
    for (const watcher of [one!, two!, again!])
      await watcher.seen.until(() => watcher.seen.of('video').length > 0);
    const phases = [one!, two!, again!].map((watcher) => picture(watcher.seen.of('video')[0]!.bytes));
    expect(phases[0]).toBe(phases[2]);
    expect(phases[0]).not.toBe(phases[1]);
    await door!.seen.until(() => door!.seen.of('video').length > 0);
    expect(picture(door!.seen.of('video')[0]!.bytes)).toBe(-1);
    expect(cameras.stats().cameras).toBe(3);
  });

  it('cost no timer of their own while nobody watches', async () => {
    const clock = new FakeClock();
    const cameras = await start({ clock, cameras: [{ path: 'a', clip: 'yard' }] });
    const idle = clock.pending;
    const watcher = await watch(cameras.url('a')).play();
    await watcher.seen.until(() => watcher.seen.all.length > 0);
    expect(clock.pending).toBeGreaterThan(idle);
    await cameras.cut('a');
    clock.advance(6_000);
    expect(clock.pending).toBe(idle);
    await cameras.close();
    expect(clock.pending).toBe(0);
  });
});

describe('faults', () => {
  it('an unknown path is not found', async () => {
    const cameras = await start({ cameras: [{ path: 'a', clip: 'yard' }] });
    expect(() => cameras.url('b')).toThrow('no camera b');
    const url = cameras.url('a').replace(/a$/, 'b');
    await expect(watch(url).play()).rejects.toEqual(cameraError('not_found'));
  });

  it('a login is asked for, and a wrong one refused', async () => {
    const login = { username: 'me', password: 'p@ss:word/1' };
    const cameras = await start({
      cameras: [
        { path: 'open', clip: 'yard' },
        { path: 'shut', clip: 'yard', ...login },
      ],
    });
    const right = await watch(cameras.url('shut')).play();
    await right.seen.until(() => right.seen.all.length > 0);
    const url = cameras.url('shut');
    const without = url.replace(/\/\/.*@/, '//');
    await expect(watch(without).play()).rejects.toEqual(cameraError('auth_failed'));
    await expect(watch(url.replace('me:', 'you:')).play()).rejects.toEqual(cameraError('auth_failed'));
    await expect(watch(url.replace('%2F1', '')).play()).rejects.toEqual(cameraError('auth_failed'));
    const open = await watch(cameras.url('open')).play();
    await open.seen.until(() => open.seen.all.length > 0);
    const around = cameras.url('open').replace('open', 'shut');
    await expect(watch(around).play()).rejects.toEqual(cameraError('not_found'));
  });

  it('a stalled camera is silent with its connection open, and goes on with a key frame', async () => {
    const clock = new FakeClock({ utc: midnight });
    const cameras = await start({ clock, cameras: [{ path: 'a', clip: 'yard' }] });
    const watcher = await watch(cameras.url('a')).play();
    await watcher.seen.until(() => watcher.seen.of('video').length >= 1);
    cameras.stall('a');
    clock.advance(3_500);
    const late = watch(cameras.url('a'));
    await late.play();
    cameras.resume('a');
    clock.advance(1_000);
    await watcher.seen.until(() => watcher.seen.of('video').length >= 5);
    expect(
      watcher.seen
        .of('video')
        .map(({ bytes }) => picture(bytes))
        .slice(0, 3),
    ).toEqual([0, 100, 101]);
    await late.seen.until(() => late.seen.of('video').length >= 5);
  });

  it('a cut camera loses its clients, and takes them again', async () => {
    const cameras = await start({ cameras: [{ path: 'a', clip: 'yard' }] });
    const watchers = [await watch(cameras.url('a')).play(), await watch(cameras.url('a')).play()];
    expect(await cameras.cut('b')).toBe(0);
    expect(await cameras.cut('a')).toBe(2);
    for (const { closed } of watchers) expect(await closed).toEqual(cameraError('closed_by_camera'));
    const again = await watch(cameras.url('a')).play();
    await again.seen.until(() => again.seen.all.length > 0);
  });

  it('a camera without power refuses, and comes back at the same port', async () => {
    const cameras = await start({ cameras: [{ path: 'a', clip: 'yard' }] });
    const watcher = await watch(cameras.url('a')).play();
    const { port } = cameras;
    await cameras.refuse();
    expect(await watcher.closed).toBeInstanceOf(RtspError);
    await expect(watch(cameras.url('a')).play()).rejects.toEqual(cameraError('refused'));
    await cameras.accept();
    expect(cameras.port).toBe(port);
    const again = await watch(cameras.url('a')).play();
    await again.seen.until(() => again.seen.all.length > 0);
  });

  it('a mute camera does not answer DESCRIBE until it speaks again', async () => {
    const cameras = await start({ cameras: [{ path: 'a', clip: 'yard' }] });
    cameras.mute('a');
    await expect(watch(cameras.url('a'), 300).play()).rejects.toEqual(cameraError('timeout'));
    const waiting = watch(cameras.url('a'));
    const played = waiting.play();
    cameras.unmute('a');
    await played;
    await waiting.seen.until(() => waiting.seen.all.length > 0);
  });

  it('another format in mid-stream comes with its parameter sets in band', async () => {
    const clock = new FakeClock({ utc: midnight });
    const cameras = await start({ clock, cameras: [{ path: 'a', clip: 'yard' }] });
    const watcher = await watch(cameras.url('a')).play();
    await watcher.seen.until(() => watcher.seen.of('video').length >= 1);
    await cameras.changeFormat('a', 'door');
    clock.advance(2_100);
    await watcher.seen.until(() => watcher.seen.of('video').length >= 3);
    const door = await loadClip('door');
    const shown = watcher.seen
      .of('video')
      .slice(1, 3)
      .map(({ bytes }) => picture(bytes, door));
    expect(shown).toEqual([50, 51]);
    await expect(cameras.changeFormat('a', '/nowhere')).rejects.toThrow('no clip /nowhere');
  });

  it('cannot be made on a path that is no camera, nor two cameras on one path', async () => {
    const cameras = await start({ cameras: [{ path: 'a', clip: 'yard' }] });
    expect(() => cameras.stall('b')).toThrow('no camera b');
    const twice = [1, 2].map(() => ({ path: 'a', clip: 'yard' }));
    await expect(startSyntheticCameras({ cameras: twice })).rejects.toThrow('two cameras are called a');
  });
});
