import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter, MalformedError } from '../bytes/index.ts';
import {
  type AacConfig,
  aac,
  aacFormat,
  adtsHeader,
  formatAudioConfig,
  parseAdts,
  parseAudioConfig,
} from './index.ts';

const lc = (sampleRate: number, channels: number): AacConfig => ({
  objectType: 2,
  sampleRate,
  channelConfig: channels,
  channels,
  frameSamples: 1024,
  sbrSampleRate: undefined,
  ps: false,
});

/** AudioSpecificConfig bytes and what they say, ISO/IEC 14496-3 1.6.2.1. */
const configs: [string, string, AacConfig][] = [
  ['LC 44.1 kHz stereo', '1210', lc(44_100, 2)],
  ['LC 48 kHz stereo', '1190', lc(48_000, 2)],
  ['LC 16 kHz mono', '1408', lc(16_000, 1)],
  ['LC 8 kHz mono', '1588', lc(8_000, 1)],
  ['LC at a written-out 20 kHz', '1780271008', lc(20_000, 1)],
  ['LC of 960 samples', '1194', { ...lc(48_000, 2), frameSamples: 960 }],
  ['HE-AAC, explicit', '2b118800', { ...lc(24_000, 2), sbrSampleRate: 48_000 }],
  ['HE-AAC v2, explicit', 'eb098800', { ...lc(24_000, 1), sbrSampleRate: 48_000, ps: true }],
];

describe('AudioSpecificConfig', () => {
  it.each(configs)('%s, both ways', (_name, hex, config) => {
    expect(parseAudioConfig(Buffer.from(hex, 'hex'))).toEqual(config);
    expect(formatAudioConfig(config).toString('hex')).toBe(hex);
  });

  /** A program config element ends with a comment; this is ffmpeg's. */
  const COMMENT = '4c61766335392e33372e313030';
  const readOnly: [string, string, Partial<AacConfig>][] = [
    ['backward compatible SBR', '131056e598', { sampleRate: 24_000, sbrSampleRate: 48_000, ps: false }],
    [
      'backward compatible SBR and PS',
      '130856e59d4880',
      { sampleRate: 24_000, sbrSampleRate: 48_000, ps: true },
    ],
    ['sync extension without SBR', '131056e500', { sampleRate: 24_000, sbrSampleRate: undefined }],
    [
      '4.0 in a program config element',
      `118004c4040021100d${COMMENT}56e500`,
      { channelConfig: 0, channels: 4 },
    ],
    ['2.1 in a program config element', `118004c4010020000d${COMMENT}56e500`, { channels: 3 }],
    ['6.1 in a program config element', `118004c848002000c4400d${COMMENT}56e500`, { channels: 7 }],
    ['5.0 in a program config element', `118004c840002008800d${COMMENT}56e500`, { channels: 5 }],
  ];
  it('reads SBR behind a program config element and behind scalable AAC', () => {
    // Three coupling channels, padding and a comment stand between the element and the extension.
    const bits = new BitWriter().bits(5, 2).bits(4, 6).bits(4, 0).bits(3, 0);
    bits.bits(4, 0).bits(2, 1).bits(4, 6).bits(4, 1).bits(4, 0).bits(4, 0).bits(2, 1).bits(3, 1).bits(4, 3);
    bits.flag(true).bits(4, 3).flag(false).flag(false);
    bits.bits(5, 0b10000).bits(4, 0).bits(4, 0).bits(5, 0).bits(5, 0).bits(5, 0);
    // 82 bits so far: six to the byte boundary.
    bits.bits(6, 0).bits(8, 1).bits(8, 0x41);
    bits.bits(11, 0x2b7).bits(5, 5).flag(true).bits(4, 3);
    expect(parseAudioConfig(bits.finish())).toMatchObject({
      channels: 3,
      sampleRate: 24_000,
      sbrSampleRate: 48_000,
    });
    const scalable = new BitWriter().bits(5, 6).bits(4, 6).bits(4, 2).bits(3, 0).bits(3, 5);
    scalable.bits(11, 0x2b7).bits(5, 5).flag(true).bits(4, 3);
    expect(parseAudioConfig(scalable.finish())).toMatchObject({ objectType: 6, sbrSampleRate: 48_000 });
  });

  it.each(readOnly)('%s', (_name, hex, expected) => {
    expect(parseAudioConfig(Buffer.from(hex, 'hex'))).toMatchObject(expected);
  });

  it.each([
    ['empty', ''],
    ['one byte', '12'],
    ['reserved rate', '1690'],
    ['reserved channels', '1240'],
    ['rate zero, written out', '1780000008'],
    ['object type 0', '0210'],
    ['escaped USAC', 'f94640'],
    ['program config element cut off', '1200'],
  ])('refuses %s', (_name, hex) => {
    expect(() => parseAudioConfig(Buffer.from(hex, 'hex'))).toThrow(MalformedError);
  });

  it('formats and parses every configuration we can write', () => {
    const rate = fc.oneof(
      fc.constantFrom(96_000, 48_000, 44_100, 16_000, 8_000),
      fc.integer({ min: 1, max: 0xffffff }),
    );
    const config = fc.record({
      objectType: fc.constantFrom(1, 2, 3, 4, 6, 7),
      sampleRate: rate,
      channelConfig: fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14),
      frameSamples: fc.constantFrom(960, 1024),
      sbrSampleRate: fc.option(rate, { nil: undefined }),
      ps: fc.boolean(),
    });
    const channels = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8];
    fc.assert(
      fc.property(config, (parts) => {
        const whole = {
          ...parts,
          ps: parts.ps && parts.sbrSampleRate !== undefined,
          channels: channels[parts.channelConfig]!,
        };
        expect(parseAudioConfig(formatAudioConfig(whole))).toEqual(whole);
      }),
      { seed: 6, numRuns: 2000 },
    );
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const config = parseAudioConfig(Buffer.from(bytes));
          expect(config.sampleRate).toBeGreaterThan(0);
          expect(config.channels).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
      { seed: 7, numRuns: 5000 },
    );
  });
});

describe('format', () => {
  it.each([
    [
      '1210',
      { codecString: 'mp4a.40.2', clockRate: 44_100, sampleRate: 44_100, channels: 2, frameSamples: 1024 },
    ],
    ['2b118800', { codecString: 'mp4a.40.5', clockRate: 48_000, channels: 2, frameSamples: 2048 }],
    ['eb098800', { codecString: 'mp4a.40.29', clockRate: 48_000, channels: 2, frameSamples: 2048 }],
    ['1194', { codecString: 'mp4a.40.2', frameSamples: 960 }],
  ])('%s', (hex, expected) => {
    const record = Buffer.from(hex, 'hex');
    const format = aac.formatFromRecord(record);
    expect(format).toMatchObject({ ...expected, record });
    expect(aacFormat(parseAudioConfig(record))).toEqual(format);
  });
});

describe('SDP', () => {
  const facts = (fmtp: Record<string, string>, clockRate = 16_000, channels = 1) => ({
    clockRate,
    channels,
    fmtp: new Map(Object.entries(fmtp)),
  });

  it('writes RFC 3640 AAC-hbr and reads it back', () => {
    const format = aac.formatFromRecord(Buffer.from('1408', 'hex'));
    const fmtp = aac.fmtp(format);
    expect(fmtp).toBe(
      'streamtype=5; profile-level-id=1; mode=AAC-hbr; sizelength=13; indexlength=3; indexdeltalength=3; config=1408',
    );
    expect(aac.formatFromSdp(facts({ config: '1408' }))).toEqual(format);
  });

  it('takes rtpmap as AAC-LC when the camera sends no config (quirk 50)', () => {
    expect(aac.formatFromSdp(facts({}, 8_000, 2))?.record.toString('hex')).toBe('1590');
    expect(aac.formatFromSdp(facts({ config: ' ' }))?.record.toString('hex')).toBe('1408');
  });

  it.each([
    ['clock rate 0', facts({}, 0)],
    ['zero channels', facts({}, 48_000, 0)],
    ['nine channels', facts({}, 48_000, 9)],
    ['config that is not hexadecimal', facts({ config: 'EhA=' })],
    ['config of an odd length', facts({ config: '121' })],
    ['config that does not parse', facts({ config: '1690' })],
  ])('does not guess: %s', (_name, media) => {
    expect(aac.formatFromSdp(media)).toBeUndefined();
  });
});

describe('ADTS', () => {
  it('reads what it writes for every configuration it can say', () => {
    const rates = fc.constantFrom(
      96_000,
      88_200,
      64_000,
      48_000,
      44_100,
      32_000,
      24_000,
      22_050,
      16_000,
      8_000,
      7_350,
    );
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 6 }), fc.nat(8000), (rate, channels, size) => {
        const header = adtsHeader(lc(rate, channels), size);
        const shifted = Buffer.concat([Buffer.from([1]), header]);
        expect(parseAdts(shifted, 1, shifted.length)).toEqual({
          config: lc(rate, channels),
          headerBytes: 7,
          frameBytes: size + 7,
          blocks: 1,
        });
      }),
      { seed: 8, numRuns: 1000 },
    );
  });

  it('reads a header with CRC as ffmpeg and cameras send it', () => {
    expect(parseAdts(Buffer.from('fff15080013ffc', 'hex'), 0, 7)).toMatchObject({
      headerBytes: 7,
      frameBytes: 9,
    });
    expect(parseAdts(Buffer.from('fff05080017ffd', 'hex'), 0, 7)).toMatchObject({
      headerBytes: 9,
      frameBytes: 11,
      blocks: 2,
      config: { objectType: 2, sampleRate: 44_100, channels: 2 },
    });
  });

  it.each([
    ['too short', 'fff150800b7f'],
    ['no sync', 'fee150800b7ffc'],
    ['layer not zero', 'fff350800b7ffc'],
    ['reserved rate', 'fff174800b7ffc'],
    ['no channels', 'fff150000b7ffc'],
    ['frame shorter than its header', 'fff150800000fc'],
  ])('refuses %s', (_name, hex) => {
    expect(parseAdts(Buffer.from(hex, 'hex'), 0, hex.length / 2)).toBeUndefined();
  });

  it('cannot say an odd rate or a frame above 8 KiB', () => {
    expect(() => adtsHeader(lc(20_000, 1), 10)).toThrow(RangeError);
    expect(() => adtsHeader(lc(48_000, 1), 8185)).toThrow(RangeError);
  });
});
