import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter } from '../../bytes/index.ts';
import {
  type AacFormat,
  aac,
  aacFormat,
  aacLatm,
  codecByRtpName,
  formatStreamMux,
  parseAdts,
} from '../../codecs/index.ts';
import { aacLatmPayload } from './aac-latm.ts';
import { payloadOf } from './index.ts';
import { deliver, Exchange, frameOf, type Packet, packetsOf } from './testing/exchange.ts';

const testdata = new URL('../../../testdata/codecs/', import.meta.url);

function readAdts(name: string): { format: AacFormat; units: Buffer[] } {
  const bytes = readFileSync(new URL(name, testdata));
  const units: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = parseAdts(bytes, at, bytes.length)!;
    units.push(bytes.subarray(at + header.headerBytes, at + header.frameBytes));
    at += header.frameBytes;
  }
  return { format: aacFormat(parseAdts(bytes, 0, bytes.length)!.config), units };
}

/** The AudioMuxElements of a LOAS file (ISO/IEC 14496-3 table 1.36). */
function readLoas(name: string): Buffer[] {
  const bytes = readFileSync(new URL(name, testdata));
  const elements: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = ((bytes[at + 1]! & 31) << 8) | bytes[at + 2]!;
    elements.push(bytes.subarray(at + 3, at + 3 + length));
    at += 3 + length;
  }
  return elements;
}

const { format, units } = readAdts('tone.aac');
const elements = readLoas('tone.latm');
const config = formatStreamMux(format.record).toString('hex');
const outOfBand = { cpresent: '0', config };

function receive(packets: readonly Packet[], fmtp: Record<string, string>, known?: AacFormat) {
  const exchange = new Exchange();
  const depacketizer = aacLatmPayload.depacketizer(exchange.options(known, fmtp));
  deliver(depacketizer, packets);
  return { frames: exchange.frames, formats: exchange.formats, dropped: depacketizer.dropped };
}

const hex = (list: readonly Buffer[]) => list.map((bytes) => bytes.toString('hex'));
const data = (frames: readonly { data: Buffer }[]) => hex(frames.map((frame) => frame.data));
const packet = (payload: Buffer, timestamp: number, marker = true): Packet => ({
  payload,
  timestamp,
  marker,
});
const spread = (list: readonly Buffer[]) => list.map((payload, i) => packet(payload, i * 1024));
/** PayloadLengthInfo and access unit, ISO/IEC 14496-3 tables 1.44 and 1.45. */
const muxed = (unit: Buffer) => {
  const length = [...Array.from({ length: Math.floor(unit.length / 255) }, () => 255), unit.length % 255];
  return Buffer.concat([Buffer.from(length), unit]);
};

describe('SDP', () => {
  const facts = (fmtp: Record<string, string>, clockRate = 16_000) => ({
    clockRate,
    channels: 1,
    fmtp: new Map(Object.entries(fmtp)),
  });

  it('is AAC by another name', () => {
    expect(codecByRtpName('mp4a-latm')).toBe(aacLatm);
    expect(payloadOf(aacLatm)).toBe(aacLatmPayload);
    expect(aacLatm.formatFromSdp(facts(outOfBand))).toEqual(format);
    expect(format.codec).toBe(aac);
  });

  it('writes the StreamMuxConfig that ffmpeg writes, and reads it back', () => {
    // v0, one frame an element: 40 00 + AudioSpecificConfig 1408, variable length, fullness, nothing else.
    expect(config).toBe('40002810 3fc0'.replace(' ', ''));
    expect(aacLatm.fmtp(format)).toBe('profile-level-id=1; object=2; cpresent=0; config=400028103FC0');
  });

  it('reads the StreamMuxConfig of GStreamer, which ends with an AudioSpecificConfig that is extended', () => {
    const found = aacLatm.formatFromSdp(facts({ cpresent: '0', config: '40002820adca00' }));
    expect(found).toMatchObject({ sampleRate: 16_000, channels: 2, codecString: 'mp4a.40.2' });
    expect(found?.record.toString('hex')).toBe('141056e500');
    const again = new Map([['config', formatStreamMux(found!.record).toString('hex')]]);
    expect(aacLatm.formatFromSdp({ clockRate: 16_000, channels: 1, fmtp: again })).toEqual(found);
  });

  it.each([
    ['no fmtp at all', {}],
    ['a config that does not parse, but it comes in band', { config: 'ffff' }],
    ['a config that is not hexadecimal, but it comes in band', { config: 'xyz', cpresent: '1' }],
  ])('quirk 50: %s gives AAC-LC of the rtpmap', (_name, fmtp) => {
    expect(aacLatm.formatFromSdp(facts(fmtp))).toEqual(format);
  });

  it.each([
    ['a config that does not parse', { config: 'ffff', cpresent: '0' }, 16_000],
    ['no rate', {}, 0],
  ])('does not guess: %s', (_name, fmtp, rate) => {
    expect(aacLatm.formatFromSdp(facts(fmtp, rate))).toBeUndefined();
  });
});

describe('cpresent=0', () => {
  it.each([100, 200, 1400])('every access unit comes back over an MTU of %i', (mtu) => {
    const packetizer = aacLatmPayload.packetizer(format, mtu);
    const packets = units.flatMap((unit, i) => packetsOf(packetizer, frameOf(format, unit, i * 1024, true)));
    expect(packets.every(({ payload }) => payload.length <= mtu)).toBe(true);
    expect(packets.filter(({ marker }) => marker)).toHaveLength(units.length);
    const { frames, dropped } = receive(packets, outOfBand, format);
    expect(data(frames)).toEqual(hex(units));
    expect(frames.map(({ dts }) => dts)).toEqual(units.map((_, i) => i * 1024));
    expect(dropped).toBe(0);
  });

  it('several elements a packet, each 1024 samples on', () => {
    const together = packet(Buffer.concat(units.slice(0, 3).map(muxed)), 500);
    const { frames } = receive([together], outOfBand, format);
    expect(data(frames)).toEqual(hex(units.slice(0, 3)));
    expect(frames.map(({ pts }) => pts)).toEqual([500, 1524, 2548]);
  });

  it('several access units an element, lengths of more than one byte, other data behind them', () => {
    const bits = new BitWriter().bits(1, 0).bits(1, 1).bits(6, 1).bits(4, 0).bits(3, 0).bits(16, 0x1408);
    bits.bits(3, 0).bits(8, 255).flag(true).flag(false).bits(8, 12).flag(true).bits(8, 7);
    const long = Buffer.alloc(600, 3);
    const exact = Buffer.alloc(255, 4);
    const element = Buffer.concat([muxed(long), muxed(exact), Buffer.alloc(2)]);
    const fmtp = { cpresent: '0', config: bits.finish().toString('hex') };
    const { frames, dropped } = receive([packet(element, 0), packet(element, 2048)], fmtp, format);
    expect(data(frames)).toEqual(hex([long, exact, long, exact]));
    expect(frames.map(({ pts }) => pts)).toEqual([0, 1024, 2048, 3072]);
    expect(dropped).toBe(0);
  });

  it('access units of one length', () => {
    const bits = new BitWriter().bits(1, 0).bits(1, 1).bits(6, 0).bits(4, 0).bits(3, 0).bits(16, 0x1408);
    bits.bits(3, 1).bits(9, 30).flag(false).flag(false);
    const fmtp = { cpresent: '0', config: bits.finish().toString('hex') };
    const payload = Buffer.alloc(100, 9);
    expect(data(receive([packet(payload, 0)], fmtp, format).frames)).toEqual(
      hex([payload.subarray(50), payload.subarray(50)]),
    );
  });

  it('quirk 50: fragments, also of a camera that sets no marker', () => {
    const element = muxed(units[3]!);
    const parts = [element.subarray(0, 20), element.subarray(20, 40), element.subarray(40)];
    const marked = parts.map((part, i) => packet(part, 0, i === 2));
    expect(data(receive(marked, outOfBand, format).frames)).toEqual(hex([units[3]!]));
    const bare = [...parts.map((part) => packet(part, 0, false)), packet(muxed(units[4]!), 1024)];
    expect(data(receive(bare, outOfBand, format).frames)).toEqual(hex([units[3]!, units[4]!]));
  });

  it('drops a unit with a hole, what is too long, and what comes twice', () => {
    const element = muxed(units[3]!);
    const cut = [
      packet(element.subarray(0, 20), 0, false),
      { ...packet(element.subarray(40), 0), lost: true },
    ];
    const next = packet(muxed(units[4]!), 1024);
    const after = receive([...cut, next], outOfBand, format);
    expect(data(after.frames).slice(-1)).toEqual(hex([units[4]!]));
    expect(after.dropped).toBeGreaterThan(0);
    const endless = Array.from({ length: 2 }, () => packet(Buffer.alloc(60_000, 255), 0, false));
    expect(receive([...endless, next, next], outOfBand, format)).toMatchObject({ dropped: 2 });
  });
});

describe('cpresent=1', () => {
  it.each<[string, Record<string, string>]>([
    ['that says so', { cpresent: '1' }],
    ['that says nothing', {}],
  ])('ffmpeg elements with configuration in band, of an SDP %s', (_name, fmtp) => {
    const { frames, formats, dropped } = receive(spread(elements), fmtp);
    expect(formats).toEqual([format]);
    expect(data(frames)).toEqual(hex(units));
    expect(dropped).toBe(0);
  });

  it('what the SDP guessed is corrected, and access units before any configuration are dropped', () => {
    const wrong = aacFormat({ ...format.config, sampleRate: 48_000 });
    expect(receive(spread(elements), {}, wrong).formats).toEqual([wrong, format]);
    const late = receive(spread(elements.slice(1)), {});
    expect(data(late.frames)).toEqual(hex(units.slice(8)));
    expect(late.dropped).toBe(7);
  });

  it('quirk 50: the sample rate changes in the middle', () => {
    const bits = new BitWriter().flag(false).bits(1, 0).bits(1, 1).bits(6, 0).bits(4, 0).bits(3, 0);
    bits.bits(16, 0x1190).bits(3, 0).bits(8, 255).flag(false).flag(false).bits(8, 2).bits(16, 0xabcd);
    const { frames, formats } = receive([...spread(elements.slice(0, 2)), packet(bits.finish(), 9999)], {});
    expect(formats.map((one) => one.clockRate)).toEqual([16_000, 48_000]);
    expect(data(frames).at(-1)).toBe('abcd');
  });

  it('a configuration of version 1, with lengths', () => {
    const bits = new BitWriter().flag(false).bits(1, 1).bits(1, 0).bits(2, 0).bits(8, 255);
    bits
      .bits(1, 1)
      .bits(6, 0)
      .bits(4, 0)
      .bits(3, 0)
      .bits(2, 0)
      .bits(8, 40)
      .bits(8, 0x2b)
      .bits(32, 0x118800 << 8);
    bits.bits(3, 0).bits(8, 255).flag(true).bits(2, 1).bits(16, 9).flag(false);
    bits.bits(8, 3).bits(24, 0x123456).bits(9, 0);
    const { frames, formats, dropped } = receive([packet(bits.finish(), 0)], {});
    expect(formats).toMatchObject([{ codecString: 'mp4a.40.5', sampleRate: 48_000, channels: 2 }]);
    expect([data(frames), dropped]).toEqual([['123456'], 0]);
  });

  it.each<[string, (bits: BitWriter) => BitWriter]>([
    ['a reserved version', (bits) => bits.bits(2, 3)],
    ['several programs', (bits) => bits.bits(1, 0).bits(1, 1).bits(6, 0).bits(4, 1)],
    ['several layers', (bits) => bits.bits(1, 0).bits(1, 1).bits(6, 0).bits(4, 0).bits(3, 1)],
    [
      'a speech codec',
      (bits) => bits.bits(1, 0).bits(1, 1).bits(6, 0).bits(7, 0).bits(16, 0x1408).bits(3, 4),
    ],
    ['an audio object type 0', (bits) => bits.bits(1, 0).bits(1, 1).bits(6, 0).bits(7, 0).bits(16, 0)],
  ])('drops %s', (_name, write) => {
    const bad = write(new BitWriter().flag(false)).bits(32, 0).bits(32, 0).finish();
    expect(receive([packet(bad, 0)], {})).toMatchObject({ frames: [], formats: [], dropped: 1 });
  });
});

describe('fuzz', () => {
  it('any packets of both kinds: no error, bounded', () => {
    const good = fc.constantFrom(...elements, ...units.slice(0, 5).map(muxed));
    const damaged = fc.tuple(good, fc.nat(30), fc.nat(255), fc.nat(200)).map(([bytes, at, value, size]) => {
      const copy = Buffer.from(bytes.subarray(0, size));
      if (at < copy.length) copy[at] = value;
      return copy;
    });
    const random = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes));
    const one = fc.record({
      payload: fc.oneof(damaged, random),
      marker: fc.boolean(),
      timestamp: fc.nat(5000),
      lost: fc.boolean(),
    });
    const cpresent = fc.constantFrom('0', '1');
    const text = fc.oneof(fc.constant(config), fc.string());
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 8 }),
        cpresent,
        text,
        fc.boolean(),
        (list, way, words, known) => {
          const fmtp = { cpresent: way, config: words };
          const { frames } = receive(list, fmtp, known ? format : undefined);
          for (const frame of frames) expect(frame.data.length).toBeGreaterThan(0);
          aacLatm.formatFromSdp({ clockRate: 8000, channels: 1, fmtp: new Map(Object.entries(fmtp)) });
        },
      ),
      { seed: 61, numRuns: 20_000 },
    );
  });
});
