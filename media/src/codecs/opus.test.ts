import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { codecByRtpName, opus, opusFormat, opusSamples } from './index.ts';

const facts = (clockRate: number, channels: number) => ({
  clockRate,
  channels,
  fmtp: new Map<string, string>(),
});

describe('dOps', () => {
  it.each([
    [1, '0001000000 00bb80 000000'],
    [2, '0002000000 00bb80 000000'],
  ])('of %i channels, both ways', (channels, hex) => {
    const format = opusFormat(channels);
    expect(format.record.toString('hex')).toBe(hex.replaceAll(' ', ''));
    expect(format).toMatchObject({ clockRate: 48_000, sampleRate: 48_000, channels, codecString: 'opus' });
    expect(opus.formatFromRecord(format.record)).toEqual(format);
  });

  it('keeps what others wrote: pre-skip, rate of the input, a channel table', () => {
    const stereo = Buffer.from('000201380000bb80000000', 'hex');
    expect(opus.formatFromRecord(stereo)).toMatchObject({ channels: 2, record: stereo });
    const surround = Buffer.from('000601380000bb8000000104020004010203 05'.replace(' ', ''), 'hex');
    expect(opus.formatFromRecord(surround)).toMatchObject({ channels: 6, record: surround });
  });

  it.each([
    ['empty', ''],
    ['too short', '0002000000bb800000'],
    ['version 1', '0102000000 00bb80000000'],
    ['no channels', '0000000000 00bb80000000'],
    ['three channels without a table', '000300000000bb80000000'],
  ])('refuses %s', (_name, hex) => {
    expect(() => opus.formatFromRecord(Buffer.from(hex.replace(' ', ''), 'hex'))).toThrow(MalformedError);
  });
});

describe('SDP', () => {
  it.each([1, 2])('says in fmtp whether it is stereo, and rtpmap of two channels: %i', (channels) => {
    const fmtp = new Map([opus.fmtp(opusFormat(channels)).split('=') as [string, string]]);
    expect(fmtp).toEqual(new Map([['sprop-stereo', String(channels - 1)]]));
    expect(opus.formatFromSdp({ clockRate: 48_000, channels: 2, fmtp })).toEqual(opusFormat(channels));
    expect(opus.rtp).toMatchObject({ encodingName: 'opus', channels: 2 });
    expect(codecByRtpName('OPUS')).toBe(opus);
  });

  it.each([
    ['48000/2', 48_000, 2, 2],
    ['quirk 52: 48000/1', 48_000, 1, 1],
    ['quirk 52: 16000/1', 16_000, 1, 1],
    ['quirk 24: no rate', 0, 2, 2],
  ])('%s counts at 48 kHz', (_name, rate, channels, expected) => {
    expect(opus.formatFromSdp(facts(rate, channels))).toEqual(opusFormat(expected));
  });

  it('does not take more than two channels', () => {
    expect(opus.formatFromSdp(facts(48_000, 6))).toBeUndefined();
    expect(() => opusFormat(6)).toThrow(RangeError);
  });
});

describe('opusSamples', () => {
  /** RFC 6716 table 2: frame size by configuration, in samples at 48 kHz. */
  const silk = [480, 960, 1920, 2880];
  const celt = [120, 240, 480, 960];
  const table = [...silk, ...silk, ...silk, 480, 960, 480, 960, ...celt, ...celt, ...celt, ...celt];
  it.each(table.map((samples, config) => [config, samples]))(
    'configuration %i: frames of %i',
    (config, samples) => {
      const toc = config << 3;
      expect(opusSamples(Buffer.from([9, toc]), 1, 2)).toBe(samples);
      expect(opusSamples(Buffer.from([toc | 1, 0]), 0, 2)).toBe(2 * samples);
      expect(opusSamples(Buffer.from([toc | 6, 0]), 0, 2)).toBe(2 * samples);
      const most = Math.floor(5760 / samples);
      expect(opusSamples(Buffer.from([toc | 3, 0x80 | most]), 0, 2)).toBe(most * samples);
      expect(opusSamples(Buffer.from([toc | 3, most + 1]), 0, 2)).toBe(0);
    },
  );

  it.each([
    ['an empty packet', []],
    ['no frame count', [3]],
    ['no frames', [3, 0]],
  ])('%s is none', (_name, bytes) => {
    expect(opusSamples(Buffer.from(bytes), 0, bytes.length)).toBe(0);
  });

  it('is 0 or a multiple of 2.5 ms up to 120 ms for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), (bytes) => {
        const samples = opusSamples(Buffer.from(bytes), 0, bytes.length);
        expect(samples % 120).toBe(0);
        expect(samples).toBeLessThanOrEqual(5760);
      }),
      { seed: 42, numRuns: 20_000 },
    );
  });
});

describe('quirk 52: what no player of ours knows', () => {
  it.each(['G726-32', 'G723', 'speex', ''])('%s is no codec, so its track is left out', (name) => {
    expect(codecByRtpName(name)).toBeUndefined();
  });
});
