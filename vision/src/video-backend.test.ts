import { h264Format, splitAnnexB } from '@nightjar/media/codecs';
import { readClockBar } from '@nightjar/media/testing';
import { describe, expect, it } from 'vitest';
import type { CodedPicture, PixelBackend, Tally } from './backend.ts';
import { commandBackend } from './command/index.ts';
import { nativeBackend } from './native/index.ts';
import { decodeBy, yardPictures } from './testing/material.ts';

const backends: [string, (tally: Tally) => Promise<PixelBackend>][] = [
  ['native', async (tally) => nativeBackend(tally)],
  ['command', (tally) => commandBackend(tally)],
];

/** Pictures as they come, and a way to wait for so many. */
class Collector {
  readonly pictures: CodedPicture[] = [];
  readonly failures: string[] = [];
  #wanted = { count: Number.POSITIVE_INFINITY, reached: (): void => undefined };

  coded(picture: CodedPicture): void {
    this.pictures.push(picture);
    if (this.pictures.length >= this.#wanted.count) this.#wanted.reached();
  }

  failed(message: string): void {
    this.failures.push(message);
  }

  until(count: number): Promise<void> {
    if (this.pictures.length >= count) return Promise.resolve();
    return new Promise((reached) => {
      this.#wanted = { count, reached };
    });
  }
}

const ofType = (picture: CodedPicture, type: number): Buffer[] =>
  splitAnnexB(Buffer.from(picture.data)).filter((nal) => (nal[0]! & 0x1f) === type);

describe.each(backends)('smaller video by the %s backend', (_name, open) => {
  it('has every picture at its time, in the size and below the rate that were asked for', async () => {
    const tally: Tally = { decoders: 0, decoded: 0, encoded: 0 };
    const backend = await open(tally);
    const { format, units } = await yardPictures(100);
    const sink = new Collector();
    const bitrate = 200_000;
    const width = Math.round(format.width / 4) * 2;
    const session = backend.video(format, { width, bitrate }, sink);
    for (const unit of units) await session.push(unit);
    await sink.until(97);
    await session.close();
    expect(sink.failures).toEqual([]);
    const [first] = sink.pictures;
    expect(first).toMatchObject({ key: true, time: units[0]!.time, arrival: units[0]!.arrival });
    const coded = h264Format(ofType(first!, 7), ofType(first!, 8));
    expect([coded.width, coded.height]).toEqual([
      width,
      Math.round((format.height * width) / format.width / 2) * 2,
    ]);
    const times = sink.pictures.map(({ time }) => time);
    expect(times).toEqual(units.slice(0, times.length).map(({ time }) => time));
    // At 25 pictures a second a key frame comes with the camera's own, and at the latest after 2 s.
    const keys = sink.pictures.flatMap(({ key }, i) => (key ? [i] : []));
    for (const [i, at] of [...keys.slice(1), times.length].entries())
      expect(at - keys[i]!).toBeLessThanOrEqual(51);
    const bytes = Buffer.concat(sink.pictures.map(({ data }) => Buffer.from(data)));
    const seconds = times.length / 25;
    expect((bytes.length * 8) / seconds).toBeLessThan(bitrate * 1.3);
    const grey = await decodeBy(
      ['-f', 'h264', '-i', 'pipe:0', '-pix_fmt', 'gray', '-vsync', 'passthrough', '-f', 'rawvideo'],
      bytes,
    );
    const size = coded.width * coded.height;
    const data = grey.subarray(0, size);
    expect(readClockBar({ data, width: coded.width, height: coded.height })).toBe(0);
    expect(tally.decoders).toBe(0);
  });

  it('is none of what is only to be decoded', async () => {
    const backend = await open({ decoders: 0, decoded: 0, encoded: 0 });
    const { format, units } = await yardPictures(20);
    const sink = new Collector();
    const session = backend.video(format, { width: 320, bitrate: 300_000 }, sink);
    for (const unit of units) await session.push({ ...unit, show: unit.time >= units[10]!.time });
    await sink.until(8);
    await session.close();
    expect(sink.pictures[0]!.time).toBe(units[10]!.time);
  });
});
