import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { jpegHeader, mjpeg, mjpegFormat, quantizers, readJpeg } from './index.ts';

const testdata = new URL('../../testdata/codecs/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, testdata));
const files = ['q30.jpg', 'q75.jpg', 'restart.jpg'] as const;

describe('mjpegFormat', () => {
  it('has a size alone, which MP4 tells in the sample entry', () => {
    const format = mjpegFormat(160, 120);
    expect(format).toMatchObject({ clockRate: 90_000, codecString: 'mp4v.6C', width: 160, height: 120 });
    const entry = { width: 160, height: 120, channels: 0, sampleRate: 0 };
    expect(mjpeg.formatFromRecord(Buffer.alloc(0), entry)).toEqual(format);
    expect(mjpeg.formatFromSdp({ clockRate: 90_000, channels: 1, fmtp: new Map() })).toBeUndefined();
  });

  it.each([
    [0, 120],
    [160, 0],
    [65_536, 120],
  ])('refuses %i x %i', (width, height) => {
    expect(() => mjpegFormat(width, height)).toThrow(MalformedError);
    expect(() => mjpeg.formatFromRecord(Buffer.alloc(0))).toThrow(MalformedError);
  });
});

describe('quantizers', () => {
  it.each([
    [30, 'q30.jpg'],
    [75, 'q75.jpg'],
  ])('Q %i is what libjpeg makes of that quality', (q, name) => {
    const jpeg = read(name);
    expect(quantizers(q)).toEqual(Buffer.concat(readJpeg(jpeg, 0, jpeg.length)!.tables));
  });

  it('stay within 1 and 255', () => {
    for (let q = 1; q < 100; q++) expect(Math.min(...quantizers(q))).toBeGreaterThan(0);
    expect([quantizers(1)[0], quantizers(50)[0], quantizers(99)[0]]).toEqual([255, 16, 1]);
  });
});

describe('readJpeg', () => {
  it.each([
    ['q30.jpg', { width: 160, height: 120, halfLines: true, restartInterval: 0 }],
    ['q75.jpg', { width: 160, height: 120, halfLines: false, restartInterval: 0 }],
    ['restart.jpg', { width: 160, height: 120, halfLines: true, restartInterval: 10 }],
  ])('%s: its facts, wherever it lies', (name, facts) => {
    const jpeg = read(name);
    const inside = Buffer.concat([Buffer.alloc(7, 0xff), jpeg, Buffer.alloc(9, 0xff)]);
    const picture = readJpeg(inside, 7, 7 + jpeg.length)!;
    expect(picture).toMatchObject(facts);
    expect(picture.scanEnd).toBe(7 + jpeg.length - 2);
    expect(inside.toString('hex', picture.scan - 10, picture.scan)).toBe('03010002110311003f00');
  });

  it.each(files)('%s: a header of its facts has the same facts', (name) => {
    const jpeg = read(name);
    const picture = readJpeg(jpeg, 0, jpeg.length)!;
    const header = jpegHeader(picture);
    const { scan, scanEnd, ...facts } = readJpeg(header, 0, header.length)!;
    expect([scan, scanEnd]).toEqual([header.length, header.length]);
    expect(picture).toMatchObject(facts);
  });

  it('quirk 47: Huffman tables that are left out are the standard ones; others cannot be carried', () => {
    const jpeg = read('q30.jpg');
    const first = jpeg.indexOf(Buffer.from([0xff, 0xc4]));
    const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
    const without = Buffer.concat([jpeg.subarray(0, first), jpeg.subarray(scan)]);
    expect(readJpeg(without, 0, without.length)).toMatchObject({ width: 160, height: 120 });
    const other = Buffer.from(jpeg);
    other[first + 25]! ^= 1;
    expect(readJpeg(other, 0, other.length)).toBeUndefined();
  });

  const changed = (marker: number, at: number, value: number) => {
    const jpeg = Buffer.from(read('q30.jpg'));
    jpeg[jpeg.indexOf(Buffer.from([0xff, marker])) + at] = value;
    return jpeg;
  };
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no SOI', read('q30.jpg').subarray(2)],
    ['no scan', read('q30.jpg').subarray(0, 400)],
    ['a progressive one', changed(0xc0, 1, 0xc2)],
    ['12 bits a sample', changed(0xc0, 4, 12)],
    ['one component', changed(0xc0, 9, 1)],
    ['4:1:1', changed(0xc0, 11, 0x41)],
    ['a table that is not there', changed(0xc0, 12, 3)],
    ['no height', changed(0xc0, 6, 0)],
    ['a segment beyond the end', changed(0xdb, 2, 0xff)],
    ['a segment without length', changed(0xe0, 3, 1)],
    ['tables that overrun their segment', changed(0xdb, 4, 0x10)],
    ['codes that overrun their segment', changed(0xc4, 5, 200)],
  ])('refuses %s', (_name, jpeg) => {
    expect(readJpeg(jpeg, 0, jpeg.length)).toBeUndefined();
  });

  it('of any bytes gives a sane picture or none', () => {
    const damage = fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 6 });
    const source = fc.constantFrom(...files.map(read));
    fc.assert(
      fc.property(source, damage, fc.nat(900), (jpeg, changes, cut) => {
        const copy = Buffer.from(jpeg.subarray(0, cut > 700 ? jpeg.length : cut));
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        const picture = readJpeg(copy, 0, copy.length);
        if (!picture) return;
        expect(picture.width * picture.height).toBeGreaterThan(0);
        expect(picture.scan <= picture.scanEnd && picture.scanEnd <= copy.length).toBe(true);
        expect(picture.tables.every((table) => table.length === 64 || table.length === 128)).toBe(true);
      }),
      { seed: 52, numRuns: 20_000 },
    );
  });
});
