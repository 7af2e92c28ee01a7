import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { FUZZ_LIMIT_MS, fuzz } from '../testing/fuzz/index.ts';
import { parseAdts } from './aac/adts.ts';
import { parseAudioConfig } from './aac/config.ts';
import { formatStreamMux, parseStreamMux } from './aac/latm.ts';
import {
  codecs,
  h264Format,
  h265Format,
  h265NalType,
  isH265ParameterSet,
  isParameterSet,
  mergeH265ParameterSets,
  mergeParameterSets,
  nalType,
  parseH265Sps,
  parseSps,
  readJpeg,
  splitAnnexB,
} from './index.ts';

vi.setConfig({ testTimeout: FUZZ_LIMIT_MS });

const FLAT = 32 * 1024 * 1024;
const isTyped = (error: unknown) => error instanceof MalformedError;
const testdata = new URL('../../testdata/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, testdata));
const fine = { broken: [], slow: [] };
const PIECES = [[0], [0, 0, 1], [0, 0, 0, 1], [0, 0, 3], [0xff, 0xff], [0x80], [0xff, 0xf1]].map((bytes) =>
  Buffer.from(bytes),
);

const h264Sets = splitAnnexB(read('yard.h264').subarray(0, 4000)).filter((nal) =>
  isParameterSet(nalType(nal, 0)),
);
const h265Sets = splitAnnexB(read('codecs/main.h265').subarray(0, 4000)).filter((nal) =>
  isH265ParameterSet(h265NalType(nal, 0)),
);

describe('100,000 inputs each end in a typed error or are read, at once and with flat memory', () => {
  it.each<[string, readonly Buffer[], (input: Buffer) => unknown]>([
    ['H.264 sequence parameter sets', h264Sets, (input) => parseSps(input)],
    [
      'H.264 parameter sets together',
      [Buffer.concat(h264Sets.flatMap((set) => [Buffer.from([0, 0, 1]), set])), ...h264Sets],
      (input) => mergeParameterSets(undefined, splitAnnexB(input)),
    ],
    ['H.265 sequence parameter sets', h265Sets, (input) => parseH265Sps(input)],
    [
      'H.265 parameter sets together',
      [Buffer.concat(h265Sets.flatMap((set) => [Buffer.from([0, 0, 1]), set])), ...h265Sets],
      (input) => mergeH265ParameterSets(undefined, splitAnnexB(input)),
    ],
    [
      'ADTS headers',
      [read('yard.aac').subarray(0, 64), read('codecs/tone.aac').subarray(0, 64)],
      (input) => parseAdts(input, 0, input.length),
    ],
    [
      'audio configurations',
      [Buffer.from('1408', 'hex'), Buffer.from('2b920800', 'hex'), Buffer.from('eb098800', 'hex')],
      (input) => parseAudioConfig(input),
    ],
    [
      'stream multiplexes of LATM',
      [formatStreamMux(Buffer.from('1408', 'hex')), read('codecs/tone.latm').subarray(3, 60)],
      (input) => parseStreamMux(input),
    ],
    [
      'JPEG pictures',
      [read('codecs/q30.jpg').subarray(0, 2000), read('codecs/restart.jpg').subarray(0, 2000)],
      (input) => readJpeg(input, 0, input.length),
    ],
    [
      'configuration records',
      [
        h264Format(h264Sets.slice(0, 1), h264Sets.slice(1, 2)).record,
        h265Format(h265Sets.slice(0, 3)).record,
      ],
      (input) => {
        for (const codec of codecs) {
          try {
            codec.formatFromRecord(input, { width: 640, height: 480, channels: 1, sampleRate: 8000 });
          } catch (error) {
            if (!isTyped(error)) throw error;
          }
        }
      },
    ],
  ])('%s', (_name, examples, take) => {
    const report = fuzz({ examples, pieces: PIECES, isTyped, take: (input) => void take(input) });
    expect(report).toMatchObject(fine);
    expect(report.grown).toBeLessThan(FLAT);
  });
});
