import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { codecByRtpName, type H264Format, h264, h264Format, mergeParameterSets, readAvcc } from './index.ts';

const PPS = Buffer.from('68ce0fc8', 'hex');

/** SPS written by x264, with what it was told to write. */
const sets: [string, string, Partial<H264Format>][] = [
  [
    'baseline',
    '6742c01eda0280f6c044000003000400000300c83c58ba80',
    { width: 640, height: 480, declaredFrameRate: 25, codecString: 'avc1.42C01E', maxReorderFrames: 0 },
  ],
  [
    '720p',
    '6742c01fda014016ec0440000003004000000f03c60ca8',
    { width: 1280, height: 720, declaredFrameRate: 30, codecString: 'avc1.42C01F', maxReorderFrames: 0 },
  ],
  [
    '1080p, cropped',
    '6742c028da01e0089f970110000003001000000303c0f1832a',
    { width: 1920, height: 1080, declaredFrameRate: 30, codecString: 'avc1.42C028', maxReorderFrames: 0 },
  ],
  [
    'high 10, 30000/1001',
    '676e0028a6cb403c0113f2e022000007d20001d4c01e3065400000',
    { width: 1920, height: 1080, declaredFrameRate: 30000 / 1001, codecString: 'avc1.6E0028' },
  ],
  [
    'high 4:2:2',
    '677a001fbcb405a0936022000003000200000300c81e306540',
    { width: 720, height: 576, declaredFrameRate: 50, codecString: 'avc1.7A001F' },
  ],
  [
    'high 4:4:4, cropped to odd units',
    '67f40016919680a02fee2f0110000003001000000301e0f162ea',
    { width: 638, height: 358, declaredFrameRate: 15, codecString: 'avc1.F40016' },
  ],
  [
    'interlaced, 16:9 pixels',
    '67f4001e919b2816849bff0040002d1000000300100000030321f1429960',
    { width: 720, height: 576, declaredFrameRate: 25, pixelAspect: { width: 64, height: 45 } },
  ],
];

function facts(fmtp: Record<string, string>) {
  return { clockRate: 90_000, channels: 1, fmtp: new Map(Object.entries(fmtp)) };
}

function fmtpMap(fmtp: string): Map<string, string> {
  return new Map(
    fmtp.split('; ').map((item) => {
      const at = item.indexOf('=');
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}

describe('h264Format', () => {
  it.each(sets)('reads the %s SPS', (_name, hex, expected) => {
    expect(h264Format([Buffer.from(hex, 'hex')], [PPS])).toMatchObject(expected);
  });

  it.each(sets)('%s: record and SDP both give the same format back', (_name, hex) => {
    const format = h264Format([Buffer.from(hex, 'hex')], [PPS]);
    expect(h264.formatFromRecord(format.record)).toEqual(format);
    const sdp = { clockRate: 90_000, channels: 1, fmtp: fmtpMap(h264.fmtp(format)) };
    expect(h264.formatFromSdp(sdp)).toEqual(format);
    expect(readAvcc(format.record)).toEqual({ lengthSize: 4, sps: format.sps, pps: format.pps });
  });

  it('writes avcC as ISO/IEC 14496-15 lays it out', () => {
    const baseline = Buffer.from(sets[0]![1], 'hex');
    const format = h264Format([baseline], [PPS]);
    expect(format.record.toString('hex')).toBe(
      `0142c01effe10018${baseline.toString('hex')}010004${'68ce0fc8'}`,
    );
    const high = h264Format([Buffer.from(sets[3]![1], 'hex')], [PPS]);
    expect(high.record.subarray(-4).toString('hex')).toBe('fdfafa00');
  });

  it('copies the parameter sets', () => {
    const wire = Buffer.from(sets[0]![1], 'hex');
    const format = h264Format([wire], [PPS]);
    wire.fill(0);
    expect(format.sps[0]!.toString('hex')).toBe(sets[0]![1]);
  });

  it('takes start codes, glued sets and bytes behind the SPS (quirk 22)', () => {
    const [sps] = h264Format([Buffer.from(sets[1]![1], 'hex')], [PPS]).sps;
    const code = Buffer.from([0, 0, 0, 1]);
    const glued = Buffer.concat([code, sps!, Buffer.alloc(2), code, PPS]);
    expect(h264Format([glued], []).record).toEqual(h264Format([sps!], [PPS]).record);
    const longer = h264Format([Buffer.concat([sps!, Buffer.from('deadbeef', 'hex')])], [PPS]);
    expect(longer).toMatchObject({ width: 1280, height: 720 });
  });

  it('keeps the picture of an SPS whose VUI breaks off', () => {
    const whole = Buffer.from(sets[1]![1], 'hex');
    const cut = h264Format([whole.subarray(0, 11)], [PPS]);
    expect(cut).toMatchObject({ width: 1280, height: 720 });
    expect(cut.declaredFrameRate).toBeUndefined();
  });

  const broken: [string, string[], string[]][] = [
    ['nothing', [], []],
    ['no PPS', [sets[0]![1]], []],
    ['no SPS', [], ['68ce0fc8']],
    ['a PPS in place of the SPS', ['68ce0fc8'], ['68ce0fc8']],
    ['an SPS of three bytes', ['6742c0'], ['68ce0fc8']],
    ['an SPS that ends before the size', ['6742c01eda'], ['68ce0fc8']],
    ['a picture beyond every level', ['6742c01ef8000010000040'], ['68ce0fc8']],
  ];
  it.each(broken)('refuses %s', (_name, sps, pps) => {
    const bytes = (list: string[]) => list.map((hex) => Buffer.from(hex, 'hex'));
    expect(() => h264Format(bytes(sps), bytes(pps))).toThrow(MalformedError);
  });
});

describe('SDP', () => {
  const sps = Buffer.from(sets[1]![1], 'hex');
  const base64 = (...parts: Buffer[]) => parts.map((part) => part.toString('base64')).join(',');
  const code = Buffer.from([0, 0, 0, 1]);
  const usable: [string, string][] = [
    ['plain', base64(sps, PPS)],
    ['spaces', ` ${base64(sps)} , ${base64(PPS)} `],
    ['Annex B prefixed', base64(Buffer.concat([code, sps]), Buffer.concat([code, PPS]))],
    ['one Annex B blob', base64(Buffer.concat([code, sps, code, PPS]))],
    ['PPS first and an empty part', `${base64(PPS)},,${base64(sps)}`],
  ];
  it.each(usable)('reads sprop-parameter-sets: %s', (_name, sprop) => {
    const format = h264.formatFromSdp(facts({ 'sprop-parameter-sets': sprop, 'profile-level-id': '640028' }));
    // The SPS wins over a contradicting profile-level-id (quirk 23).
    expect(format).toMatchObject({ width: 1280, codecString: 'avc1.42C01F' });
  });

  const unusable: [string, Record<string, string>][] = [
    ['empty fmtp', {}],
    ['profile only', { 'profile-level-id': '42e01f' }],
    ['empty sprop', { 'sprop-parameter-sets': '' }],
    ['SPS only', { 'sprop-parameter-sets': base64(sps) }],
    ['not Base64', { 'sprop-parameter-sets': '!!!,???' }],
    ['H.265 sets', { 'sprop-parameter-sets': 'QAEMAf//AWAAAAMAkAAAAwAAAwB4mZgJ,QgEBAWAAAAMAkA==' }],
    ['truncated SPS', { 'sprop-parameter-sets': base64(sps.subarray(0, 5), PPS) }],
  ];
  it.each(unusable)('waits for in-band sets: %s', (_name, fmtp) => {
    expect(h264.formatFromSdp(facts(fmtp))).toBeUndefined();
  });

  it.each([
    ['H264', 'h264'],
    ['h264', 'h264'],
    ['mpeg4-generic', 'aac'],
    ['MPEG4-GENERIC', 'aac'],
    ['X-Unknown', undefined],
  ])('%s is the codec %s', (name, codec) => {
    expect(codecByRtpName(name)?.name).toBe(codec);
  });
});

describe('mergeParameterSets', () => {
  const hd = Buffer.from(sets[1]![1], 'hex');
  const fullHd = Buffer.from(sets[2]![1], 'hex');
  const format = h264Format([hd], [PPS]);

  it('replaces the set of the same id and keeps the others', () => {
    const changed = mergeParameterSets(format, [fullHd]);
    expect(changed).toMatchObject({ width: 1920, sps: [fullHd], pps: [PPS] });
    const more = mergeParameterSets(format, [Buffer.from('684e', 'hex')]);
    expect(more?.pps.map((nal) => nal.toString('hex'))).toEqual(['68ce0fc8', '684e']);
  });

  it('is undefined until both kinds are there and usable', () => {
    expect(mergeParameterSets(undefined, [])).toBeUndefined();
    expect(mergeParameterSets(undefined, [hd])).toBeUndefined();
    expect(mergeParameterSets(undefined, [hd.subarray(0, 6), PPS])).toBeUndefined();
    expect(mergeParameterSets(undefined, [PPS, hd])).toEqual(format);
  });
});

describe('avcC', () => {
  it('gives lengths other than 4 to the caller', () => {
    const record = Buffer.from(h264Format([Buffer.from(sets[0]![1], 'hex')], [PPS]).record);
    record[4] = 0xfd;
    expect(readAvcc(record).lengthSize).toBe(2);
  });

  it('refuses every truncation', () => {
    const { record } = h264Format([Buffer.from(sets[0]![1], 'hex')], [PPS]);
    for (let size = 0; size < record.length; size++) {
      expect(() => h264.formatFromRecord(record.subarray(0, size))).toThrow(MalformedError);
    }
  });
});

describe('fuzz', () => {
  const onlyMalformed = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
    }
  };
  const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 });

  it('parameter sets of random and damaged bytes give a sane format or MalformedError', () => {
    const original = fc.constantFrom(...sets).map(([, hex]) => Buffer.from(hex, 'hex'));
    const damaged = fc.tuple(original, damage).map(([nal, changes]) => {
      const copy = Buffer.from(nal);
      for (const [at, value] of changes) copy[1 + (at % (copy.length - 1))] = value;
      return copy;
    });
    const random = fc
      .uint8Array({ maxLength: 80 })
      .map((bytes) => Buffer.concat([Buffer.from([0x67]), bytes]));
    fc.assert(
      fc.property(fc.oneof(damaged, random), (nal) => {
        onlyMalformed(() => {
          const format = h264Format([nal], [PPS]);
          for (const side of [format.width, format.height]) {
            expect(Number.isInteger(side) && side > 0 && side <= 32_768).toBe(true);
          }
          const rate = format.declaredFrameRate ?? 1;
          expect(rate > 0 && rate <= 1000).toBe(true);
          expect(h264.formatFromRecord(format.record).codecString).toBe(format.codecString);
        });
      }),
      { seed: 3, numRuns: 5000 },
    );
  });

  it('records and SDP text of any bytes give a format, nothing or MalformedError', () => {
    const { record } = h264Format([Buffer.from(sets[3]![1], 'hex')], [PPS]);
    fc.assert(
      fc.property(damage, fc.nat(60), fc.string(), (changes, cut, text) => {
        const copy = Buffer.from(record).subarray(0, Math.max(1, record.length - (cut > 40 ? cut : 0)));
        for (const [at, value] of changes) copy[at % copy.length] = value;
        onlyMalformed(() => h264.formatFromRecord(copy));
        const sprop = `${copy.toString('base64')},${text}`;
        h264.formatFromSdp(facts({ 'sprop-parameter-sets': sprop }));
      }),
      { seed: 4, numRuns: 3000 },
    );
  });
});
