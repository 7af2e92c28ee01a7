import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../bytes/index.ts';
import {
  type Codec,
  codecByRtpName,
  codecs,
  g722,
  isPcm,
  l16,
  type PcmCodec,
  pcma,
  pcmFormat,
  pcmu,
} from '../index.ts';

const facts = (clockRate: number, channels: number) => ({
  clockRate,
  channels,
  fmtp: new Map<string, string>(),
});

describe('bare samples', () => {
  it.each<[string, PcmCodec, string, number]>([
    ['PCMU', pcmu, 'ulaw', 1],
    ['PCMA', pcma, 'alaw', 1],
    ['L16', l16, 'twos', 2],
  ])('%s is what SDP, MP4 and samples call it', (name, codec, entry, bytes) => {
    expect(codecByRtpName(name.toLowerCase())).toBe(codec);
    expect(codec).toMatchObject({ kind: 'audio', mp4: { sampleEntry: entry }, bytesPerSample: bytes });
    expect(isPcm(pcmFormat(codec, 8000, 1))).toBe(true);
  });

  it('quirk 49: no browser plays it in MP4', () => {
    const playable = (codec: Codec) => codec.browser;
    expect(codecs.filter((codec) => !playable(codec)).map((codec) => codec.name)).toEqual(
      expect.arrayContaining(['pcmu', 'pcma', 'l16']),
    );
    expect(codecs.filter(playable).map((codec) => codec.name)).toEqual([
      'h264',
      'h265',
      'av1',
      'aac',
      'opus',
    ]);
  });

  it('G.722 counts 8,000 ticks of 16,000 samples, as its first specification had it (RFC 3551 4.5.2)', () => {
    const format = g722.formatFromSdp(facts(8000, 1))!;
    expect(codecByRtpName('g722')).toBe(g722);
    expect(format).toMatchObject({ clockRate: 8000, sampleRate: 16_000, channels: 1, frameSamples: 160 });
    const entry = { width: 0, height: 0, sampleRate: 16_000, channels: 1 };
    expect(g722.formatFromRecord(Buffer.alloc(0), entry)).toEqual(format);
    expect(isPcm(format)).toBe(true);
    expect(g722.formatFromSdp(facts(16_000, 1))).toBeUndefined();
    expect(g722.formatFromSdp(facts(8000, 2))).toBeUndefined();
    expect(g722.formatFromSdp(facts(0, 1))).toEqual(format);
  });

  it.each<[string, PcmCodec, number, number, number]>([
    ['8 kHz mono', pcmu, 8000, 1, 160],
    ['quirk 49: 16 kHz', pcma, 16_000, 1, 320],
    ['quirk 49: stereo', pcmu, 8000, 2, 160],
    ['quirk 51: static type 10', l16, 44_100, 2, 882],
    ['quirk 51: static type 11', l16, 44_100, 1, 882],
    ['48 kHz of 6 channels', l16, 48_000, 6, 960],
  ])('%s, from SDP and from MP4', (_name, codec, rate, channels, frameSamples) => {
    const format = codec.formatFromSdp(facts(rate, channels));
    expect(format).toMatchObject({ clockRate: rate, sampleRate: rate, channels, frameSamples });
    const entry = { width: 0, height: 0, sampleRate: rate, channels };
    expect(codec.formatFromRecord(Buffer.alloc(0), entry)).toEqual(format);
    expect(codec.fmtp(format!)).toBe('');
  });

  it.each([
    [pcmu, 8000],
    [pcma, 8000],
    [l16, 44_100],
  ])('quirk 24: without a rate, that of the static type', (codec, rate) => {
    expect(codec.formatFromSdp(facts(0, 1))?.clockRate).toBe(rate);
  });

  it.each([
    [8000, 0],
    [8000, 9],
    [192_001, 1],
    [8000.5, 1],
    [-8000, 1],
  ])('does not take %i Hz with %i channels', (rate, channels) => {
    expect(pcmu.formatFromSdp(facts(rate, channels))).toBeUndefined();
    const entry = { width: 0, height: 0, sampleRate: rate, channels };
    expect(() => pcmu.formatFromRecord(Buffer.alloc(0), entry)).toThrow(MalformedError);
    expect(() => pcmu.formatFromRecord(Buffer.alloc(0))).toThrow(MalformedError);
  });

  it('of any SDP gives a sane format or none', () => {
    fc.assert(
      fc.property(fc.constantFrom(pcmu, pcma, l16), fc.integer(), fc.integer(), (codec, rate, channels) => {
        const format = codec.formatFromSdp(facts(rate, channels));
        if (!format || !isPcm(format)) return;
        expect(format.clockRate > 0 && format.clockRate <= 192_000).toBe(true);
        expect(format.frameSamples).toBeGreaterThan(0);
      }),
      { seed: 41, numRuns: 20_000 },
    );
  });
});
