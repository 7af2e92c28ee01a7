import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter, escapeNal, MalformedError } from '../bytes/index.ts';
import {
  codecByRtpName,
  type H265Format,
  h265,
  h265Format,
  mergeH265ParameterSets,
  readHvcc,
} from './index.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');

/** VPS, SPS and PPS by x265, and what ffmpeg's muxer says of them in hvcC. */
const streams: [string, [string, string, string], string, Partial<H265Format>][] = [
  [
    'Main, 720p',
    [
      '40010c01ffff01600000030090000003000003005d959409',
      '42010101600000030090000003000003005da00280802d16595952930bc05a020000030002000003003c10',
      '4401c073c189',
    ],
    '0101600000009000000000005df000fcfdf8f800000f03',
    { width: 1280, height: 720, declaredFrameRate: 30, codecString: 'hvc1.1.6.L93.90', maxReorderFrames: 2 },
  ],
  [
    'Main 10',
    [
      '40010c01ffff02200000030090000003000003003f959409',
      '42010102200000030090000003000003003fa005020171f2b6595952930bc05a02000007d20000ea6010',
      '4401c073c189',
    ],
    '0102200000009000000000003ff000fcfdfafa00000f03',
    { width: 640, height: 360, declaredFrameRate: 30_000 / 1001, codecString: 'hvc1.2.4.L63.90' },
  ],
  [
    '4:4:4',
    [
      '40010c01ffff0408000003009e0800000300003f959409',
      '4201010408000003009e0800000300003f9000a0402e396372caca94985e02d010000003001000000300f080',
      '4401c07318301890',
    ],
    '0104080000009e08000000003ff000fcfff8f800000f03',
    { width: 636, height: 356, declaredFrameRate: 15, codecString: 'hvc1.4.10.L63.9E.8' },
  ],
  [
    'samples that are not square',
    [
      '40010c01ffff01600000030090000003000003003c959409',
      '42010101600000030090000003000003003ca00b080485965654a4e1781340400000030040000006580325978007a10001e84880',
      '4401c073c189',
    ],
    '0101600000009000000000003cf000fcfdf8f800000f03',
    { width: 352, height: 288, pixelAspect: { width: 12, height: 11 }, codecString: 'hvc1.1.6.L60.90' },
  ],
];
const [vps, sps, pps] = streams[0]![1].map(bytes) as [Buffer, Buffer, Buffer];
const code = Buffer.from([0, 0, 0, 1]);

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

describe('h265Format', () => {
  it.each(streams)('%s: size, codec string and the general fields of hvcC', (_name, sets, hvcc, expected) => {
    const format = h265Format(sets.map(bytes));
    expect(format).toMatchObject(expected);
    expect(format.record.subarray(0, 23).toString('hex')).toBe(hvcc);
  });

  it.each(streams)('%s: record and SDP both give the same format back', (_name, sets) => {
    const format = h265Format(sets.map(bytes));
    expect(h265.formatFromRecord(format.record)).toEqual(format);
    const sdp = { clockRate: 90_000, channels: 1, fmtp: fmtpMap(h265.fmtp(format)) };
    expect(h265.formatFromSdp(sdp)).toEqual(format);
    expect(readHvcc(format.record)).toEqual({ lengthSize: 4, sets: format.parameterSets });
  });

  it('writes each kind of set as one complete array', () => {
    const array = (type: string, set: Buffer) =>
      `${type}0001${set.length.toString(16).padStart(4, '0')}${set.toString('hex')}`;
    const { record } = h265Format([pps, sps, vps]);
    expect(record.toString('hex', 23)).toBe(array('a0', vps) + array('a1', sps) + array('a2', pps));
  });

  it('says profile, tier and level as ISO/IEC 14496-15 E.3 does', () => {
    const profile = (
      space: number,
      tier: boolean,
      idc: number,
      flags: number,
      constraints: string,
      level: number,
    ) => {
      const bits = new BitWriter().bits(16, 0x4201).bits(8, 1).bits(2, space).flag(tier).bits(5, idc);
      bits.bits(32, flags);
      for (const byte of bytes(constraints)) bits.bits(8, byte);
      bits
        .bits(8, level)
        .ue(0)
        .ue(1)
        .ue(64)
        .ue(64)
        .flag(false)
        .ue(0)
        .ue(0)
        .ue(0)
        .flag(true)
        .ue(0)
        .ue(0)
        .ue(0);
      return h265Format([vps, escapeNal(bits.trailing().finish()), pps]).codecString;
    };
    expect(profile(0, false, 1, 0x60000000, 'b00000000000', 120)).toBe('hvc1.1.6.L120.B0');
    expect(profile(0, true, 2, 0x20000000, '900000000000', 153)).toBe('hvc1.2.4.H153.90');
    expect(profile(1, false, 4, 0x08000000, 'bc0000000001', 93)).toBe('hvc1.A4.10.L93.BC.0.0.0.0.1');
    expect(profile(0, false, 1, 0x60000001, '000000000000', 30)).toBe('hvc1.1.80000006.L30');
  });

  it('takes the frame rate from the VPS when the SPS has none', () => {
    const bits = new BitWriter().bits(16, 0x4001).bits(4, 0).bits(2, 3).bits(6, 0).bits(3, 0).flag(true);
    bits.bits(16, 0xffff).bits(8, 1).bits(32, 0x60000000).bits(32, 0).bits(16, 0).bits(8, 93);
    bits.flag(true).ue(4).ue(2).ue(4).bits(6, 0).ue(0);
    bits.flag(true).bits(32, 1001).bits(32, 15_000).flag(false).ue(0).flag(false);
    const timed = escapeNal(bits.trailing().finish());
    expect(h265Format([timed, sps, pps]).declaredFrameRate).toBe(30);
    const mute = sps.subarray(0, 30);
    expect(h265Format([timed, mute, pps]).declaredFrameRate).toBe(15_000 / 1001);
    expect(h265Format([timed.subarray(0, 12), mute, pps]).declaredFrameRate).toBeUndefined();
  });

  it('quirk 22: start codes, glued sets, wrong order and bytes behind a set', () => {
    const glued = Buffer.concat([code, sps, Buffer.alloc(2), code, pps, code, vps]);
    expect(h265Format([glued]).record).toEqual(h265Format([vps, sps, pps]).record);
    const longer = h265Format([vps, Buffer.concat([sps, bytes('deadbeef')]), pps]);
    expect(longer).toMatchObject({ width: 1280, height: 720 });
  });

  it.each<[string, Buffer[]]>([
    ['nothing', []],
    ['no VPS', [sps, pps]],
    ['no SPS', [vps, pps]],
    ['no PPS', [vps, sps]],
    ['an incomplete SPS', [vps, sps.subarray(0, 16), pps]],
    ['sets of one byte', [bytes('40'), bytes('42'), bytes('44')]],
    ['65 PPS', [vps, sps, ...Array.from({ length: 65 }, () => pps)]],
  ])('refuses %s', (_name, sets) => {
    expect(() => h265Format(sets)).toThrow(MalformedError);
  });
});

describe('SDP', () => {
  const text = (set: Buffer) => set.toString('base64');
  it('writes RFC 7798 7.1 parameters', () => {
    expect(h265.fmtp(h265Format([vps, sps, pps]))).toBe(
      `profile-space=0; profile-id=1; tier-flag=0; level-id=93; sprop-vps=${text(vps)}; sprop-sps=${text(sps)}; sprop-pps=${text(pps)}`,
    );
    expect(codecByRtpName('h265')).toBe(h265);
  });

  it.each<[string, Record<string, string>]>([
    ['plain', { 'sprop-vps': text(vps), 'sprop-sps': text(sps), 'sprop-pps': text(pps) }],
    [
      'quirk 22: Annex B prefixed',
      {
        'sprop-vps': text(Buffer.concat([code, vps])),
        'sprop-sps': text(Buffer.concat([code, sps])),
        'sprop-pps': text(Buffer.concat([code, pps])),
      },
    ],
    ['quirk 22: all in one', { 'sprop-sps': [vps, sps, pps].map(text).join(' , ') }],
  ])('reads sprop parameters: %s', (_name, fmtp) => {
    expect(h265.formatFromSdp(facts(fmtp))).toEqual(h265Format([vps, sps, pps]));
  });

  it.each<[string, Record<string, string>]>([
    ['an empty fmtp', {}],
    ['no VPS', { 'sprop-sps': text(sps), 'sprop-pps': text(pps) }],
    ['sets that are not Base64', { 'sprop-vps': '!', 'sprop-sps': '?', 'sprop-pps': '' }],
    ['H.264 sets', { 'sprop-vps': 'Z0LAHg==', 'sprop-sps': 'Z0LAHtoCgPbARA==', 'sprop-pps': 'aM4PyA==' }],
    [
      'a truncated SPS',
      { 'sprop-vps': text(vps), 'sprop-sps': text(sps.subarray(0, 9)), 'sprop-pps': text(pps) },
    ],
  ])('quirk 22: waits for in-band sets after %s', (_name, fmtp) => {
    expect(h265.formatFromSdp(facts(fmtp))).toBeUndefined();
  });
});

describe('mergeH265ParameterSets', () => {
  const format = h265Format([vps, sps, pps]);
  const larger = bytes(streams[1]![1][1]);

  it('quirk 41: replaces the set of the same id and keeps the others', () => {
    expect(mergeH265ParameterSets(format, [larger])).toMatchObject({ width: 640, sps: [larger], pps: [pps] });
    // PPS with id 1.
    const second = bytes('44015073c189');
    expect(mergeH265ParameterSets(format, [second])?.pps).toEqual([pps, second]);
    expect(mergeH265ParameterSets(format, [Buffer.concat([vps, code, larger])])?.width).toBe(640);
  });

  it('is undefined until all kinds are there and usable', () => {
    expect(mergeH265ParameterSets(undefined, [])).toBeUndefined();
    expect(mergeH265ParameterSets(undefined, [vps, sps])).toBeUndefined();
    expect(mergeH265ParameterSets(undefined, [vps, sps.subarray(0, 8), pps])).toBeUndefined();
    expect(mergeH265ParameterSets(undefined, [pps, vps, sps])).toEqual(format);
  });
});

describe('hvcC', () => {
  const { record } = h265Format([vps, sps, pps]);

  it('gives lengths other than 4 to the caller and leaves SEI messages out', () => {
    const other = Buffer.from(record);
    other[21] = 0x0d;
    other[22] = 4;
    const sei = bytes('a700010003 4e0105'.replace(' ', ''));
    const read = readHvcc(Buffer.concat([other, sei]));
    expect(read).toMatchObject({ lengthSize: 2 });
    expect(h265.formatFromRecord(Buffer.concat([other, sei])).record).toEqual(record);
  });

  it('refuses every truncation', () => {
    for (let size = 0; size < record.length; size++) {
      expect(() => h265.formatFromRecord(record.subarray(0, size))).toThrow(MalformedError);
    }
  });

  it('of any bytes gives a format or MalformedError, and SDP text a format or nothing', () => {
    const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(damage, fc.nat(60), fc.string(), (changes, cut, words) => {
        const copy = Buffer.from(record).subarray(0, Math.max(1, record.length - (cut > 40 ? cut : 0)));
        for (const [at, value] of changes) copy[at % copy.length] = value;
        try {
          const format = h265.formatFromRecord(copy);
          expect(h265.formatFromRecord(format.record)).toEqual(format);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
        h265.formatFromSdp(facts({ 'sprop-sps': `${copy.toString('base64')},${words}` }));
      }),
      { seed: 23, numRuns: 20_000 },
    );
  });
});
