import type { StillJob } from '@nightjar/contract/vision';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audioTrack, Publisher, QuietLog, videoTrack } from '../testing/index.ts';
import {
  describe as describeTrack,
  type MadePicture,
  type PicturesWish,
  Vision,
  VisionError,
} from './index.ts';
import { type ScriptedChild, ScriptedChildren } from './testing/scripted-child.ts';

const OUTPUT = { id: 'a', width: 640, quality: 75, fps: 25 };

let camera: Publisher;
let children: ScriptedChildren;
let vision: Vision;
let log: QuietLog;
let timers: number;

beforeEach(() => {
  camera = new Publisher({ tracks: [videoTrack(), audioTrack()] });
  children = new ScriptedChildren();
  log = new QuietLog();
  timers = camera.clock.pending;
  vision = new Vision({ start: children.start, clock: camera.clock, log });
});

afterEach(async () => {
  await vision.close();
  expect(children.running).toEqual([]);
  expect(camera.clock.pending).toBe(timers);
  camera.close();
  expect(camera.pool.held).toBe(0);
});

interface Watching {
  readonly wish: PicturesWish;
  readonly pictures: MadePicture[];
  readonly failures: VisionError[];
}

function watch(subject = 'cam', media = camera.stream): Watching {
  const pictures: MadePicture[] = [];
  const failures: VisionError[] = [];
  const wish = vision.pictures({
    subject,
    media,
    onPicture: (picture) => pictures.push(picture),
    onFailed: (error) => failures.push(error),
  });
  wish.outputs([OUTPUT]);
  return { wish, pictures, failures };
}

const still = (): StillJob => ({
  track: describeTrack(videoTrack().format),
  units: [{ data: Buffer.from('x'), time: 0, arrival: 0, key: true, show: true }],
  at: undefined,
  width: undefined,
  quality: 75,
});

const jpeg = Buffer.from('ffd8ffd9', 'hex');

describe('a pixel process', () => {
  it('is not started for anything but pixels, and goes soon after the last wish', () => {
    camera.play(5);
    expect(children.lives).toEqual([]);
    const { wish } = watch();
    children.last.ready();
    wish.close();
    wish.close();
    camera.clock.advance(900);
    expect(children.running).toHaveLength(1);
    camera.clock.advance(200);
    expect(children.running).toEqual([]);
    expect(vision.facts).toMatchObject({ pids: [], tasks: 0, lives: 1 });
  });

  it('that is going when somebody comes is followed by another at once, and nobody is blamed', () => {
    camera.play(0.4);
    const first = watch();
    children.last.ready();
    children.last.lingers = true;
    first.wish.close();
    camera.clock.advance(1_100);
    expect(children.last).toMatchObject({ killed: true, gone: false });
    const { wish } = watch();
    expect(children.lives).toHaveLength(1);
    expect(children.last.of('open_pictures')).toHaveLength(1);
    children.last.die();
    expect(children.lives).toHaveLength(2);
    expect(children.last.ready().of('unit')).toHaveLength(10);
    expect(log.lines).toEqual([]);
    wish.close();
  });

  it('gets the frames since the key frame, and shows only the last of a short GOP', () => {
    camera.play(0.4);
    watch();
    children.last.ready();
    const [opened] = children.last.of('open_pictures');
    expect(opened).toMatchObject({ track: { codec: 'h264', width: 640, height: 480 } });
    expect(children.last.of('outputs').at(-1)).toMatchObject({ id: opened!.id, outputs: [OUTPUT] });
    expect(children.last.of('unit').map(({ unit }) => unit.show)).toEqual([...Array(9).fill(false), true]);
    camera.play(0.08);
    expect(
      children.last
        .of('unit')
        .slice(10)
        .map(({ unit }) => unit.show),
    ).toEqual([true, true]);
  });

  it('shows the first of a long GOP at once', () => {
    camera.play(2, { gop: 50 });
    watch();
    children.last.ready();
    const shown = children.last.of('unit').map(({ unit }) => unit.show);
    expect(shown).toEqual([true, ...Array(48).fill(false), true]);
  });

  it('hears of a new format as another session, and of none while the source is away', () => {
    camera.play(0.4);
    watch();
    children.last.ready().take();
    camera.lose();
    camera.setTracks([videoTrack(1)]);
    camera.play(0.2);
    const { last } = children;
    const [first, second] = last.of('open_pictures');
    expect(second!.id).not.toBe(first!.id);
    expect(last.of('close').map(({ id }) => id)).toEqual([first!.id]);
    expect(last.of('unit').at(-1)).toMatchObject({ id: second!.id });
  });

  it('that is behind is spared up to the next key frame', () => {
    camera.play(0.04, { gop: 100 });
    watch();
    children.last.ready();
    camera.play(3, { gop: 100 });
    const behind = children.last.of('unit').length;
    expect(behind).toBeLessThanOrEqual(65);
    children.last.take();
    camera.play(2, { gop: 100 });
    expect(children.last.of('unit')[behind]).toMatchObject({ unit: { key: true } });
  });
});

describe('a pixel process that dies', () => {
  it('is replaced at once after a long life, and the session opens again with the key frame', () => {
    const { pictures } = watch();
    children.last.ready();
    camera.play(3.2);
    children.last.take().die();
    expect(children.lives).toHaveLength(2);
    children.last.ready();
    expect(children.last.of('unit')[0]).toMatchObject({ unit: { key: true } });
    const { id } = children.last.of('open_pictures')[0]!;
    children.last.say({ type: 'picture', id, output: 'a', jpeg, width: 2, height: 2, arrival: 5 });
    expect(pictures).toHaveLength(1);
  });

  it.each([
    ['stops answering', (child: ScriptedChild) => Object.assign(child, { answers: false })],
    ['takes too much memory', (child: ScriptedChild) => Object.assign(child.counters, { rss: 2 ** 31 })],
    ['says nonsense', (child: ScriptedChild) => child.babble()],
  ])('or %s is killed and replaced within 3.5 s', (_, harm) => {
    watch();
    children.last.ready();
    camera.play(2.2);
    children.last.take();
    harm(children.last);
    camera.clock.advance(3_500);
    expect(children.lives.length).toBeGreaterThan(1);
    expect(children.lives[0]!.gone).toBe(true);
  });

  it('because a decoder never comes back is replaced though it answers', () => {
    watch();
    children.last.ready();
    camera.play(1);
    camera.clock.advance(6_000);
    expect(children.lives[0]!.gone).toBe(true);
  });

  it('young again and again is started ever more slowly', () => {
    watch();
    const born: number[] = [];
    for (let i = 0; i < 6; i++) {
      born.push(camera.clock.monotonic());
      children.last.die(1);
      while (children.running.length === 0) camera.clock.advance(50);
    }
    const pauses = born.slice(1).map((at, i) => at - born[i]!);
    expect(pauses).toEqual([200, 400, 800, 1600, 3200]);
  });

  it('for want of anything to decode with tells whoever waits', async () => {
    const { failures } = watch();
    const made = vision.still('cam', still());
    children.last.die(69);
    expect(failures.map(({ fault }) => fault)).toEqual(['unavailable']);
    await expect(made).rejects.toThrow('nothing on this machine');
    expect(children.running).toEqual([]);
  });
});

describe('a stream that breaks the process', () => {
  it('gets a process of its own, then is cut off for a while, and others never notice', () => {
    const other = new Publisher({ clock: camera.clock });
    const good = watch('good', other.stream);
    const bad = watch('bad');
    children.last.ready();
    strike(other);
    expect(children.running).toHaveLength(1);
    strike(other);
    expect(children.running).toHaveLength(2);
    expect(children.running.map((child) => child.of('open_pictures').length)).toEqual([1, 1]);
    const untouched = children.running.find((child) => handles(child, GOOD_BYTES));
    strike(other);
    strike(other);
    expect(bad.failures.map(({ fault }) => fault)).toEqual(['cut_off']);
    expect(good.failures).toEqual([]);
    expect(children.running).toEqual([untouched]);
    expect(() => watch('bad')).toThrow(VisionError);
    camera.clock.advance(31_000);
    expect(() => watch('bad').wish.close()).not.toThrow();
    good.wish.close();
    other.close();
  });
});

const GOOD_BYTES = 90;

const handles = (child: ScriptedChild, bytes: number): boolean =>
  child.of('unit').some(({ unit }) => unit.data.byteLength === bytes + 4);

/** The process that has the bad camera's frames dies of them; the good camera's are dealt with. */
function strike(other: Publisher): void {
  camera.play(2.5);
  other.play(0.1, { bytes: GOOD_BYTES });
  for (const child of children.running) {
    for (const { id, unit } of child.of('unit')) {
      if (unit.data.byteLength === GOOD_BYTES + 4) child.say({ type: 'taken', id, units: 1 });
    }
  }
  children.running.find((child) => handles(child, 400))!.die();
  for (const child of children.running) if (child.said.length === 0) child.ready();
}

describe('stills', () => {
  it('are made one after another; the one that kills twice is refused, the others come', async () => {
    const made = [vision.still('a', still()), vision.still('b', still()), vision.still('c', still())];
    const settled = Promise.allSettled(made);
    children.last.ready();
    expect(children.last.of('still')).toHaveLength(3);
    const answer = (): void => {
      const { id } = children.last.of('still')[0]!;
      children.last.say({ type: 'still', id, jpeg, width: 2, height: 2, time: 7 });
    };
    answer();
    children.last.die();
    camera.clock.advance(200);
    children.last.ready();
    expect(children.last.of('still')).toHaveLength(2);
    children.last.die();
    camera.clock.advance(400);
    children.last.ready();
    answer();
    const [a, b, c] = await settled;
    expect(a).toMatchObject({ status: 'fulfilled', value: { width: 2, time: 7 } });
    expect(b).toMatchObject({ status: 'rejected', reason: { fault: 'broken' } });
    expect(c).toMatchObject({ status: 'fulfilled' });
    camera.clock.advance(9_000);
    expect(children.running).toHaveLength(1);
    camera.clock.advance(1_100);
    expect(children.running).toEqual([]);
  });

  it('beyond what may wait are refused', async () => {
    const waiting = Array.from({ length: 64 }, () => vision.still('a', still()));
    await expect(vision.still('a', still())).rejects.toMatchObject({ fault: 'busy' });
    const settled = Promise.allSettled(waiting);
    await vision.close();
    expect((await settled).every(({ status }) => status === 'rejected')).toBe(true);
  });
});
