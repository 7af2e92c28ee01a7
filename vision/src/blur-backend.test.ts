import { PrivacyOptions } from '@nightjar/contract';
import { readClockBar } from '@nightjar/media/testing';
import { describe, expect, it } from 'vitest';
import { type CodedPicture, type PixelBackend, PixelError, type Tally } from './backend.ts';
import { commandBackend } from './command/index.ts';
import { nativeBackend } from './native/index.ts';
import { decodeBy, yardPictures } from './testing/material.ts';

const backends: [string, (tally: Tally) => Promise<PixelBackend>][] = [
  ['native', async (tally) => nativeBackend(tally)],
  ['command', (tally) => commandBackend(tally)],
];

class Collector {
  readonly pictures: CodedPicture[] = [];
  readonly failures: string[] = [];

  coded(picture: CodedPicture): void {
    this.pictures.push(picture);
  }

  failed(message: string): void {
    this.failures.push(message);
  }

  /** Lets a child of its own catch up. */
  async until(count: number): Promise<void> {
    for (let i = 0; i < 400 && this.pictures.length < count; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Every picture as grey levels. */
  async grey(width: number, height: number): Promise<Buffer[]> {
    const bytes = Buffer.concat(this.pictures.map(({ data }) => Buffer.from(data)));
    const raw = await decodeBy(
      ['-f', 'h264', '-i', 'pipe:0', '-pix_fmt', 'gray', '-vsync', 'passthrough', '-f', 'rawvideo'],
      bytes,
    );
    const size = width * height;
    return Array.from({ length: raw.length / size }, (_, i) => raw.subarray(i * size, (i + 1) * size));
  }
}

/** Edges: neighbours in a row that differ by more than any blur of ours leaves. */
function edges(grey: Buffer, width: number): number {
  let count = 0;
  for (let i = 1; i < grey.length; i++)
    if (i % width !== 0 && Math.abs(grey[i]! - grey[i - 1]!) > 40) count++;
  return count;
}

describe.each(backends)('covered pictures by the %s backend', (_name, open) => {
  const tally: Tally = { decoders: 0, decoded: 0, encoded: 0 };

  it('show nothing of the original, from the first to the last', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(30);
    const sink = new Collector();
    const session = backend.blur(format, { options: PrivacyOptions.parse({ max_fps: 60 }) }, sink);
    for (const unit of units) await session.push(unit);
    await sink.until(28);
    await session.close();
    await session.close();
    expect(sink.failures).toEqual([]);
    expect(sink.pictures[0]).toMatchObject({ key: true, time: units[0]!.time, arrival: units[0]!.arrival });
    expect(sink.pictures.filter(({ key }) => key).length).toBeLessThanOrEqual(2);
    const shown = await sink.grey(format.width, format.height);
    // A decoder may keep back the last one, which nothing follows.
    expect(shown.length).toBeGreaterThanOrEqual(sink.pictures.length - 1);
    for (const data of shown) {
      expect(readClockBar({ data, width: format.width, height: format.height })).toBeUndefined();
      expect(edges(data, format.width)).toBe(0);
    }
    expect(tally.decoders).toBe(0);
  });

  it('keep what lies outside of the polygons, at the rate and the size that were asked for', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(56);
    const sink = new Collector();
    // All but the strip with the clock.
    const polygons: [number, number][][] = [
      [
        [0, 0],
        [1, 0],
        [1, 0.88],
        [0, 0.88],
      ],
    ];
    const options = { cover: ['polygons'], polygons, max_fps: 10, downscale: 0.5, style: 'solid' };
    const session = backend.blur(format, { options: PrivacyOptions.parse(options) }, sink);
    for (const unit of units) await session.push(unit);
    await sink.until(19);
    await session.close();
    expect(sink.pictures.length).toBeGreaterThanOrEqual(19);
    expect(sink.pictures.length).toBeLessThanOrEqual(23);
    const shown = await sink.grey(format.width / 2, format.height / 2);
    for (const [i, data] of shown.entries()) {
      const picture = { data, width: format.width / 2, height: format.height / 2 };
      expect(readClockBar(picture)).toBe((sink.pictures[i]!.time * 1000) / format.clockRate);
      expect(data.subarray(0, (format.width / 2) * 300).every((level) => level < 24)).toBe(true);
    }
  });

  it('are none of units that are only to be decoded, nor of noise, and come again after it', async () => {
    const backend = await open(tally);
    const { format, units } = await yardPictures(60);
    const sink = new Collector();
    const session = backend.blur(format, { options: PrivacyOptions.parse({ max_fps: 60 }) }, sink);
    for (const unit of units.slice(0, 10)) await session.push({ ...unit, show: false });
    for (const unit of units.slice(10, 20)) {
      const data = Buffer.from(unit.data);
      for (let i = 6; i < data.length; i += 3) data[i] = (data[i]! * 7 + i) & 0xff;
      await session.push({ ...unit, data });
    }
    for (const unit of units.slice(20)) await session.push(unit);
    await sink.until(30);
    await session.close();
    expect(sink.pictures.length).toBeGreaterThanOrEqual(30);
    expect(sink.pictures[0]!.time).toBeGreaterThanOrEqual(units[10]!.time);
    for (const data of await sink.grey(format.width, format.height))
      expect(edges(data, format.width)).toBe(0);
    expect(tally.decoders).toBe(0);
  });
});

it('a backend that is not there says so', async () => {
  const tally: Tally = { decoders: 0, decoded: 0, encoded: 0 };
  await expect(commandBackend(tally, '/no/such/program')).rejects.toThrow(PixelError);
});
