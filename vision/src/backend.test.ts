import type { PictureOutput, Unit } from '@nightjar/contract/vision';
import { adtsHeader, opusSamples, parseAudioConfig } from '@nightjar/media/codecs';
import { CLOCK_BAR } from '@nightjar/media/testing';
import { describe, expect, it } from 'vitest';
import {
  type Picture,
  type PixelBackend,
  PixelError,
  pictureSize,
  quantizer,
  type Tally,
} from './backend.ts';
import { commandBackend } from './command/index.ts';
import { nativeBackend } from './native/index.ts';
import { BEGAN, decodeBy, shownTime, tone, yardPictures, yardSound } from './testing/material.ts';

const whole: PictureOutput = { id: 'whole', width: undefined, quality: 75, fps: 60 };
const small: PictureOutput = { id: 'small', width: 640, quality: 75, fps: 5 };

interface Shown extends Picture {
  readonly output: string;
  readonly arrival: number;
}

class Collector {
  readonly pictures: Shown[] = [];
  readonly sounds: { data: Uint8Array; time: number }[] = [];
  readonly failures: string[] = [];
  picture(output: string, picture: Picture, arrival: number): void {
    this.pictures.push({ output, arrival, ...picture });
  }
  sound(data: Uint8Array, time: number): void {
    this.sounds.push({ data, time });
  }
  failed(message: string): void {
    this.failures.push(message);
  }
  of(output: string): Shown[] {
    return this.pictures.filter((picture) => picture.output === output);
  }
  /** Lets a child of its own catch up. */
  async until(holds: () => boolean): Promise<void> {
    for (let i = 0; i < 400 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const damaged = (unit: Unit, from: number): Unit => {
  const data = Buffer.from(unit.data);
  for (let i = from; i < data.length; i += 3) data[i] = (data[i]! * 7 + i) & 0xff;
  return { ...unit, data };
};

const backends: [string, (tally: Tally) => Promise<PixelBackend>][] = [
  ['native', async (tally) => nativeBackend(tally)],
  ['command', (tally) => commandBackend(tally)],
];

describe.each(backends)('pixels by the %s backend', (name, open) => {
  const tally: Tally = { decoders: 0, decoded: 0, encoded: 0 };

  it('makes a JPEG of a key frame, in the width that was asked for', async () => {
    const backend = await open(tally);
    expect(backend.name).toBe(name);
    const { format, units } = await yardPictures(1);
    const still = await backend.still({ format, units, at: undefined, width: 640, quality: 75 });
    expect(still).toMatchObject({ width: 640, height: 360, time: 0 });
    expect(await shownTime(still.jpeg, still)).toBe(0);
    const full = await backend.still({ format, units, at: undefined, width: undefined, quality: 75 });
    expect(full).toMatchObject({ width: format.width, height: format.height });
    const wider = await backend.still({ format, units, at: undefined, width: 9000, quality: 75 });
    expect(wider.width).toBe(format.width);
    const poor = await backend.still({ format, units, at: undefined, width: undefined, quality: 5 });
    expect(poor.jpeg.length).toBeLessThan(full.jpeg.length * 0.75);
  });

  it('gives black and white their full range, not the washed-out one of video', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(1);
    const { jpeg } = await backend.still({ format, units, at: undefined, width: undefined, quality: 95 });
    const grey = await decodeBy(['-f', 'mjpeg', '-i', 'pipe:0', '-pix_fmt', 'gray', '-f', 'rawvideo'], jpeg);
    // The first two blocks of the clock bar are white and black.
    const level = (x: number) => grey[(CLOCK_BAR.y + 16) * format.width + x]!;
    expect(level(CLOCK_BAR.x + 16)).toBeGreaterThan(247);
    expect(level(CLOCK_BAR.x + CLOCK_BAR.block + 16)).toBeLessThan(8);
  });

  it('makes a JPEG of the picture shown at a time, and of the last one', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(20);
    const at = units[11]!.time;
    const exact = await backend.still({ format, units, at: at + 5, width: undefined, quality: 75 });
    expect(exact.time).toBe(at);
    expect(await shownTime(exact.jpeg, exact)).toBe((at * 1000) / format.clockRate);
    const last = await backend.still({ format, units, at: undefined, width: undefined, quality: 75 });
    expect(last.time).toBe(units[19]!.time);
    const early = await backend.still({ format, units, at: -1, width: undefined, quality: 75 });
    expect(early.time).toBe(0);
  });

  it('refuses what makes no picture in plain words, and goes on', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(1);
    const noise = { ...units[0]!, data: Buffer.from('000000057fffffffff', 'hex') };
    const wanted = { format, at: undefined, width: undefined, quality: 75 };
    await expect(backend.still({ ...wanted, units: [noise] })).rejects.toThrow(PixelError);
    await expect(backend.still({ ...wanted, units: [] })).rejects.toThrow(PixelError);
    await expect(backend.still({ ...wanted, units })).resolves.toBeDefined();
    expect(tally.decoders).toBe(0);
  });

  it('shares one stream of units among outputs, each with its own width and rate', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(50);
    const sink = new Collector();
    const session = backend.pictures(format, sink);
    const before = { ...tally };
    session.outputs([whole, small]);
    for (const unit of units) await session.push(unit);
    await sink.until(() => sink.of('whole').length >= 48);
    expect(sink.failures).toEqual([]);
    expect(sink.of('whole').length).toBeGreaterThanOrEqual(48);
    // 5 a second of 2 s.
    expect(sink.of('small')).toHaveLength(10);
    expect(sink.of('small')[0]).toMatchObject({ width: 640, height: 360 });
    for (const picture of [sink.of('whole')[30]!, sink.of('small')[5]!]) {
      expect(await shownTime(picture.jpeg, picture)).toBe(Math.round(picture.arrival - BEGAN));
    }
    if (name === 'native') expect(tally.decoded - before.decoded).toBe(50);
    await session.close();
    await session.close();
    expect(tally.decoders).toBe(0);
  });

  it('shows only what is to be shown, and takes outputs that come and go', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(50);
    const sink = new Collector();
    const session = backend.pictures(format, sink);
    session.outputs([whole]);
    for (const unit of units.slice(0, 20)) await session.push({ ...unit, show: unit === units[19] });
    session.outputs([whole, small]);
    for (const unit of units.slice(20, 30)) await session.push(unit);
    // A child of its own is as far as its pictures are.
    await sink.until(() => sink.of('whole').length >= 10);
    session.outputs([small]);
    for (const unit of units.slice(30)) await session.push(unit);
    await sink.until(() => sink.of('small').length >= 6);
    await session.close();
    const times = sink.of('whole').map(({ arrival }) => (arrival - BEGAN) / 40);
    expect(Math.min(...times)).toBe(19);
    expect(Math.max(...times)).toBeLessThanOrEqual(30);
    expect(sink.of('small').length).toBeGreaterThanOrEqual(6);
    const [first] = sink.of('small');
    expect(await shownTime(first!.jpeg, first!)).toBe(first!.arrival - BEGAN);
    expect(sink.failures).toEqual([]);
    expect(tally.decoders).toBe(0);
  });

  it('passes over damaged units and shows what comes after them', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(60);
    const sink = new Collector();
    const session = backend.pictures(format, sink);
    session.outputs([whole]);
    for (const [index, unit] of units.entries())
      await session.push(index % 7 === 3 ? damaged(unit, 6) : unit);
    const newest = units.findLastIndex(({ key }) => key);
    await sink.until(() => sink.of('whole').length >= 40);
    await session.close();
    expect(newest).toBeGreaterThan(0);
    expect(sink.failures).toEqual([]);
    expect(sink.of('whole').length).toBeGreaterThanOrEqual(40);
  });

  it('codes AAC as Opus: 20 ms each, one after another, and heard', async () => {
    const backend = await open(tally);
    const { format, units } = await yardSound(100);
    const sink = new Collector();
    const session = backend.sound(format, { codec: 'opus', sampleRate: 48_000, channels: 1 }, sink);
    for (const unit of units) await session.push(unit);
    const expected = Math.floor((100 * 1024 * 48_000) / format.sampleRate / 960) - 4;
    await sink.until(() => sink.sounds.length >= expected);
    await session.close();
    expect(sink.failures).toEqual([]);
    expect(sink.sounds.length).toBeGreaterThanOrEqual(expected);
    for (const [index, { data, time }] of sink.sounds.entries()) {
      const bytes = Buffer.from(data);
      expect(opusSamples(bytes, 0, bytes.length)).toBe(960);
      expect(time).toBe(Math.max(0, index * 960 - 312));
    }
    expect(tally.decoders).toBe(0);
  });

  it('codes G.711 as AAC that a player hears, and begins anew where the camera jumps', async () => {
    const backend = await open(tally);
    const { format, units } = tone(200);
    const sink = new Collector();
    const session = backend.sound(format, { codec: 'aac', sampleRate: 16_000, channels: 1 }, sink);
    for (const unit of units.slice(0, 100)) await session.push(unit);
    await sink.until(() => sink.sounds.length >= 25);
    const before = sink.sounds.length;
    // 3 s are missing.
    for (const unit of units.slice(100)) await session.push({ ...unit, time: unit.time + 24_000 });
    await sink.until(() => sink.sounds.length >= before + 25);
    await session.close();
    expect(sink.failures).toEqual([]);
    expect(sink.sounds.length).toBeGreaterThanOrEqual(before + 25);
    expect(sink.sounds[1]!.time).toBe(0);
    expect(sink.sounds[before - 1]!.time).toBeLessThan(2 * 16_000);
    expect(sink.sounds[before]!.time).toBe(5 * 16_000 - 1024);
    const config = parseAudioConfig(Buffer.from('1408', 'hex'));
    const adts = sink.sounds.flatMap(({ data }) => [adtsHeader(config, data.length), Buffer.from(data)]);
    const heard = await decodeBy(
      ['-f', 'aac', '-i', 'pipe:0', '-f', 's16le', '-ac', '1'],
      Buffer.concat(adts),
    );
    const samples = new Int16Array(heard.buffer, heard.byteOffset, heard.length >> 1);
    expect(samples.length).toBeGreaterThan(3 * 16_000);
    expect(Math.max(...samples.subarray(16_000, 20_000))).toBeGreaterThan(4000);
  });
});

describe('sizes and qualities', () => {
  it.each([
    [{ width: 1920, height: 1080 }, 1, undefined, { width: 1920, height: 1080 }],
    [{ width: 1920, height: 1080 }, 1, 641, { width: 640, height: 360 }],
    [{ width: 704, height: 576 }, 12 / 11, undefined, { width: 768, height: 576 }],
    [{ width: 101, height: 3 }, 1, 16, { width: 16, height: 2 }],
  ])('of %o with pixels of %d, asked for %s, are %o', (coded, aspect, wanted, size) => {
    expect(pictureSize(coded, aspect, wanted)).toEqual(size);
  });

  it('make the best and the worst that JPEG has of 100 and 1', () => {
    expect([100, 75, 50, 1].map(quantizer)).toEqual([2, 6, 12, 31]);
  });
});
