import { EventEmitter } from 'node:events';
import { systemClock } from '@nightjar/media/stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClipPlayer, QuietLog, until } from '../testing/index.ts';
import { forkVision, Vision, VisionError } from '../vision/index.ts';
import {
  fpsOf,
  type HubPicture,
  type PictureHub,
  PictureOptionsError,
  type PictureRooms,
  type PictureTaker,
  pictureOptions,
  pictureRooms,
  TooManyRowsError,
} from './index.ts';
import { MjpegViewer } from './mjpeg-viewer.ts';
import { multipartPicture } from './multipart.ts';

class Taker implements PictureTaker {
  readonly pictures: HubPicture[] = [];
  readonly errors: VisionError[] = [];
  onPicture(picture: HubPicture): void {
    this.pictures.push(picture);
  }
  onFailed(error: VisionError): void {
    this.errors.push(error);
  }
}

const FULL = { width: undefined, quality: 75, fps: 25 };
const JPEG = /^ffd8.*ffd9$/;

describe('pictures of one camera', () => {
  let camera: ClipPlayer;
  let vision: Vision;
  let rooms: PictureRooms;
  let hub: PictureHub;

  beforeEach(async () => {
    camera = await ClipPlayer.start();
    vision = new Vision({ start: forkVision, clock: systemClock, log: new QuietLog() });
    const footage = { framesAt: () => Promise.reject(new Error('there is none')) };
    rooms = pictureRooms(vision, { clock: systemClock, footage });
    hub = rooms.hubs.of('yard', camera.stream);
  });

  afterEach(async () => {
    await vision.close();
    camera.close();
  });

  it('cost one decode and one encode for ten viewers, and nothing after the last', async () => {
    const takers = Array.from({ length: 10 }, () => new Taker());
    const leaves = takers.map((taker) => hub.join(FULL, taker));
    await until(() => takers.every(({ pictures }) => pictures.length >= 40), 15_000);
    const { counters, pids, lives } = vision.facts;
    expect(pids).toHaveLength(1);
    expect(lives).toBe(1);
    expect(counters.decoders).toBe(1);
    expect(counters.decoded).toBeLessThanOrEqual(camera.pictures);
    expect(counters.encoded).toBeLessThanOrEqual(camera.pictures);
    for (const { pictures } of takers) expect(pictures.at(-1)).toBe(takers[0]!.pictures.at(-1));
    expect(takers[0]!.pictures.at(-1)!.jpeg.toString('hex')).toMatch(JPEG);
    for (const leave of leaves) leave();
    const [pid] = pids;
    await until(() => vision.facts.pids.length === 0, 2_000);
    expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
  });

  it('share the decode among widths; too many widths are refused', async () => {
    const small = new Taker();
    const full = new Taker();
    const leaveFull = hub.join(FULL, full);
    const leaves = [320, 322, 324, 326, 328, 330].map((width) => hub.join({ ...FULL, width }, new Taker()));
    leaves.push(hub.join({ width: 160, quality: 30, fps: 5 }, small));
    expect(() => hub.join({ ...FULL, quality: 20 }, new Taker())).toThrow(TooManyRowsError);
    await until(() => full.pictures.length >= 50 && small.pictures.length >= 5, 20_000);
    expect(vision.facts.counters.decoders).toBe(1);
    expect(small.pictures.at(-1)).toMatchObject({ width: 160, height: 90 });
    expect(small.pictures.length).toBeLessThan(full.pictures.length / 3);
    for (const leave of [...leaves, leaveFull]) leave();
    leaveFull();
  });

  it.each([['SIGKILL'], ['SIGSTOP']] as const)(
    'are back within 5 s of a %s under ten viewers, and whoever takes frames as they are loses none',
    async (signal) => {
      const takers = Array.from({ length: 10 }, () => new Taker());
      for (const taker of takers) hub.join(FULL, taker);
      let through = 0;
      camera.stream.attach(
        {
          onTracks: () => undefined,
          onEnd: () => undefined,
          onFrame: ({ track }) => {
            if (track.id === 1) through++;
          },
        },
        false,
      );
      const before = camera.pictures;
      await until(() => takers.every(({ pictures }) => pictures.length >= 20), 15_000);
      process.kill(vision.facts.pids[0]!, signal);
      const at = performance.now();
      const wall = systemClock.utc();
      await until(() => takers.every(({ pictures }) => pictures.at(-1)!.arrival > wall + 100), 6_000);
      const gap = performance.now() - at;
      console.log(`pictures again ${Math.round(gap)} ms after ${signal}`);
      expect(gap).toBeLessThan(5_000);
      expect(through).toBe(camera.pictures - before);
      expect(takers.flatMap(({ errors }) => errors)).toEqual([]);
      expect(vision.facts.lives).toBe(2);
    },
    20_000,
  );

  it('are stills as well: cold from the frames in hand, warm within 100 ms', async () => {
    await until(() => camera.stream.gop.length > 0);
    const wish = { width: undefined, quality: 75, exact: false };
    const cold = performance.now();
    const still = await rooms.stills.plan('yard', camera.stream, wish)!.make();
    console.log(`cold still ${Math.round(performance.now() - cold)} ms`);
    expect(still.jpeg.toString('hex')).toMatch(JPEG);
    const warm: number[] = [];
    for (let i = 0; i < 5; i++) {
      const began = performance.now();
      await rooms.stills.plan('yard', camera.stream, { ...wish, width: 1280 - 2 * i })!.make();
      warm.push(performance.now() - began);
    }
    console.log(`warm stills ${warm.map(Math.round).join(', ')} ms`);
    expect(Math.min(...warm)).toBeLessThan(100);
    const exact = await rooms.stills.plan('yard', camera.stream, { ...wish, exact: true })!.make();
    expect(exact.arrival).toBeGreaterThanOrEqual(still.arrival);
    // The same picture is not made twice.
    const plan = rooms.stills.plan('yard', camera.stream, wish)!;
    const again = rooms.stills.plan('yard', camera.stream, wish)!;
    if (plan.tag === again.tag) expect(await plan.make()).toBe(await again.make());
  });

  it('end for everybody with a reason when nothing can be made of them', async () => {
    const taker = new Taker();
    hub.join(FULL, taker);
    await until(() => taker.pictures.length > 0, 10_000);
    camera.close();
    await until(() => taker.errors.length > 0);
    expect(taker.errors[0]).toBeInstanceOf(VisionError);
    expect(taker.errors[0]!.message).toBe('the stream was removed');
  });
});

class Wire extends EventEmitter {
  writableNeedDrain = false;
  readonly written: Buffer[] = [];
  write(chunk: Buffer): void {
    this.written.push(chunk);
  }
  drain(): void {
    this.writableNeedDrain = false;
    this.emit('drain');
  }
}

const picture = (arrival: number): HubPicture => {
  const jpeg = Buffer.from(`jpeg ${arrival}`);
  return { part: multipartPicture(jpeg), jpeg, width: 2, height: 2, arrival };
};

function viewerOn(wire: Wire, fps = 25) {
  const state = { bytes: 0, dropped: 0, begun: 0, slow: 0, now: 0 };
  const viewer = new MjpegViewer({
    wire,
    clock: { monotonic: () => state.now },
    fps,
    count: state,
    onBegin: () => state.begun++,
    onTooSlow: () => state.slow++,
    onFailed: () => undefined,
  });
  return { state, viewer };
}

describe('one viewer of a multipart answer', () => {
  it('quirk 48: gets each picture with the next boundary behind it, so that a browser shows it at once', () => {
    const wire = new Wire();
    const { viewer, state } = viewerOn(wire);
    viewer.onPicture(picture(0));
    viewer.onPicture(picture(40));
    const text = Buffer.concat(wire.written).toString();
    const part = (n: number) =>
      `Content-Type: image/jpeg\r\nContent-Length: ${`jpeg ${n}`.length}\r\n\r\njpeg ${n}\r\n--frame\r\n`;
    expect(text).toBe(`--frame\r\n${part(0)}${part(40)}`);
    expect(state).toMatchObject({ begun: 1, bytes: text.length, dropped: 0 });
  });

  it('that is slow skips to the newest picture, and is given up when it takes nothing for 10 s', () => {
    const wire = new Wire();
    const { viewer, state } = viewerOn(wire);
    viewer.onPicture(picture(0));
    wire.writableNeedDrain = true;
    for (const arrival of [40, 80, 120]) viewer.onPicture(picture(arrival));
    expect(state.dropped).toBe(2);
    wire.drain();
    expect(wire.written.at(-1)!.toString()).toContain('jpeg 120');
    wire.writableNeedDrain = true;
    viewer.onPicture(picture(160));
    state.now = 10_001;
    viewer.onPicture(picture(200));
    expect(state.slow).toBe(1);
  });

  it('gets as few a second as it asked for', () => {
    const wire = new Wire();
    const { viewer } = viewerOn(wire, 5);
    for (let i = 0; i < 50; i++) viewer.onPicture(picture(i * 40));
    expect(wire.written.length - 1).toBe(10);
  });
});

describe('what may be asked for', () => {
  it.each([
    ['', { width: undefined, quality: 75 }, 30],
    ['width=640&quality=50&fps=5', { width: 640, quality: 50 }, 5],
    ['width=&fps=', { width: undefined, quality: 75 }, 30],
  ])('%s', (text, options, fps) => {
    const query = new URLSearchParams(text);
    expect(pictureOptions(query)).toEqual(options);
    expect(fpsOf(query)).toBe(fps);
  });

  it.each(['width=0', 'width=15', 'width=1e3', 'width=-5', 'quality=101', 'width=640&width=2', 'quality= 5'])(
    '%s is refused by name',
    (text) => {
      expect(() => pictureOptions(new URLSearchParams(text))).toThrow(PictureOptionsError);
    },
  );
});
