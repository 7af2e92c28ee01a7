import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AacFormat, aac, adtsHeader, isAac } from '../../codecs/index.ts';
import { AacPacketizer, aacPayload } from './aac.ts';
import { deliver, Exchange, frameOf, type Packet, packetsOf } from './testing/exchange.ts';

const UNIT = 1024;
const HBR = { sizelength: '13', indexlength: '3', indexdeltalength: '3' };
const LBR = { sizelength: '6', indexlength: '2', indexdeltalength: '2' };

function formatOf(config: string): AacFormat {
  const format = aac.formatFromSdp({ clockRate: 16_000, channels: 1, fmtp: new Map([['config', config]]) });
  if (!format || !isAac(format)) throw new Error(`no format in ${config}`);
  return format;
}

/** AAC-LC, mono, 16 kHz; and HE-AAC of 24 kHz that plays at 48 kHz. */
const format = formatOf('1408');
const highEfficiency = formatOf('2B098800');

function receive(packets: readonly Packet[], fmtp: Record<string, string> = HBR, known = format) {
  const exchange = new Exchange();
  const depacketizer = aacPayload.depacketizer(exchange.options(known, fmtp));
  deliver(depacketizer, packets);
  return { frames: exchange.frames, formats: exchange.formats.filter(isAac), dropped: depacketizer.dropped };
}

/** An access unit that begins like a single channel element. */
const unit = (size: number, fill = 7): Buffer => Buffer.alloc(size, fill).fill(1, 0, 1);
const data = (frames: readonly { data: Buffer }[]) => frames.map((frame) => frame.data.toString('hex'));
const hex = (units: readonly Buffer[]) => units.map((one) => one.toString('hex'));

/** RFC 3640 3.2.1: headers of `sizeBits` and `indexBits` (index, then index delta), then the units. */
function packed(units: readonly Buffer[], timestamp: number, layout: Record<string, string> = HBR): Packet {
  const [size, index, delta] = [layout.sizelength, layout.indexlength, layout.indexdeltalength].map(Number);
  const bits = units
    .map((one, i) => one.length.toString(2).padStart(size!, '0') + '0'.repeat(i === 0 ? index! : delta!))
    .join('');
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? [];
  const head = Buffer.from([
    bits.length >> 8,
    bits.length & 255,
    ...bytes.map((byte) => Number.parseInt(byte, 2)),
  ]);
  return { payload: Buffer.concat([head, ...units]), timestamp, marker: true };
}

/** One unit over several packets, each with the size of the whole. */
function parts(whole: Buffer, room: number, timestamp: number): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < whole.length; at += room) {
    const head = packed([whole], timestamp).payload.subarray(0, 4);
    const body = whole.subarray(at, at + room);
    packets.push({ payload: Buffer.concat([head, body]), timestamp, marker: at + room >= whole.length });
  }
  return packets;
}

const withAdts = (one: Buffer, of: AacFormat = format): Buffer =>
  Buffer.concat([adtsHeader(of.config, one.length), one]);

const send = (units: readonly Buffer[], mtu: number): Packet[] =>
  units.flatMap((one, i) => packetsOf(new AacPacketizer(mtu), frameOf(format, one, i * UNIT, true)));

describe('both directions', () => {
  it('every size around multiples of the MTU comes back', () => {
    for (const mtu of [10, 11, 200]) {
      const units = Array.from({ length: 3 * mtu }, (_, i) => unit(i + 1));
      const packets = send(units, mtu);
      for (const { payload } of packets) expect(payload.length).toBeLessThanOrEqual(mtu);
      expect(packets.filter(({ marker }) => marker)).toHaveLength(units.length);
      const { frames, dropped } = receive(packets);
      expect(data(frames)).toEqual(hex(units));
      expect(frames.map(({ dts, pts, key }) => [dts, pts, key])).toEqual(
        units.map((_, i) => [i * UNIT, i * UNIT, true]),
      );
      expect(dropped).toBe(0);
    }
  });

  it('random units come back', () => {
    const units = fc.array(fc.uint8Array({ minLength: 1, maxLength: 8191 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(units, fc.integer({ min: 5, max: 1400 }), (made, mtu) => {
        const buffers = made.map((bytes) => Buffer.from(bytes).fill(1, 0, 1));
        expect(data(receive(send(buffers, mtu)).frames)).toEqual(hex(buffers));
      }),
      { seed: 3640, numRuns: 300 },
    );
  });

  it('a unit whose size does not fit the header is left out', () => {
    expect(send([unit(8191)], 1400)).toHaveLength(6);
    expect(send([unit(8192)], 1400)).toEqual([]);
  });
});

describe('AU headers', () => {
  const units = [unit(20), unit(31), unit(5)];

  it.each([
    ['AAC-hbr', HBR],
    ['AAC-lbr', LBR],
    ['fields of odd sizes', { sizelength: '11', indexlength: '5', indexdeltalength: '2' }],
    ['no index', { sizelength: '16', indexlength: '0', indexdeltalength: '0' }],
  ])('%s: several units in a packet, a frame apart', (_name, layout) => {
    const { frames, dropped } = receive(
      [packed(units, 1000, layout), packed([unit(9)], 1000 + 3 * UNIT, layout)],
      layout,
    );
    expect(data(frames)).toEqual(hex([...units, unit(9)]));
    expect(frames.map(({ dts }) => dts)).toEqual([0, 1, 2, 3].map((i) => 1000 + i * UNIT));
    expect(dropped).toBe(0);
  });

  it('fmtp that tells no sizes means AAC-hbr', () => {
    expect(data(receive([packed(units, 0)], { mode: 'AAC-hbr' }).frames)).toEqual(hex(units));
  });

  it('sizelength 0: no headers, the payload is the unit', () => {
    const packets = units.map((payload, i) => ({ payload, marker: true, timestamp: i * UNIT }));
    expect(data(receive(packets, { sizelength: '0' }).frames)).toEqual(hex(units));
  });

  it('units of HE-AAC are two thousand ticks of the output rate apart', () => {
    const { frames } = receive([packed(units, 0)], HBR, highEfficiency);
    expect(highEfficiency.clockRate).toBe(48_000);
    expect(frames.map(({ dts }) => dts)).toEqual([0, 2048, 4096]);
  });

  it.each([
    ['nothing', []],
    ['one byte', [0]],
    ['headers longer than the packet', [0, 255, 1]],
    ['headers of no bits', [0, 0, 1, 2, 3]],
    ['a unit of no bytes', [0, 16, 0, 0, 1, 2]],
  ])('%s is dropped and the next packet taken', (_name, bytes) => {
    const { frames, dropped } = receive([
      { payload: Buffer.from(bytes), marker: true, timestamp: 0 },
      packed([unit(9)], UNIT),
    ]);
    expect(data(frames)).toEqual(hex([unit(9)]));
    expect(dropped).toBe(bytes.length === 0 ? 0 : 1);
  });

  it('a second unit cut short is dropped, the first one kept', () => {
    const { payload } = packed([unit(20), unit(30)], 0);
    const { frames, dropped } = receive([{ payload: payload.subarray(0, -5), marker: true, timestamp: 0 }]);
    expect(data(frames)).toEqual(hex([unit(20)]));
    expect(dropped).toBe(1);
  });

  it('times that do not rise are dropped until they do', () => {
    const { frames, dropped } = receive([0, 5, 3, 4, 5, 6].map((i) => packed([unit(9, i)], i * UNIT)));
    expect(frames.map(({ dts }) => dts / UNIT)).toEqual([0, 5, 6]);
    expect(dropped).toBe(3);
  });
});

describe('fragments (quirk 50)', () => {
  const whole = unit(250);
  const pieces = parts(whole, 100, 0);
  const after = packed([unit(9)], UNIT);

  it('a unit over three packets', () => {
    expect(data(receive([...pieces, after]).frames)).toEqual(hex([whole, unit(9)]));
  });

  it.each([
    ['a lost middle', [pieces[0]!, { ...pieces[2]!, lost: true }, after], 2],
    ['a lost end', [pieces[0]!, pieces[1]!, { ...after, lost: true }], 1],
    ['an end that never comes', [pieces[0]!, pieces[1]!, after], 1],
    ['more than was said', [pieces[0]!, pieces[1]!, pieces[1]!, after], 1],
  ])('with %s only that unit is dropped', (_name, packets, dropped) => {
    const result = receive(packets);
    expect(data(result.frames)).toEqual(hex([unit(9)]));
    expect(result.dropped).toBe(dropped);
  });

  it('memory is bounded: a unit that claims gigabytes is dropped at once', () => {
    const layout = { sizelength: '32', indexlength: '0', indexdeltalength: '0' };
    const head = Buffer.from([0, 32, 0xff, 0xff, 0xff, 0xff]);
    const flood = Array.from({ length: 5 }, () => {
      return { payload: Buffer.concat([head, Buffer.alloc(60_000, 1)]), marker: false, timestamp: 0 };
    });
    const { dropped, frames } = receive([...flood, packed([unit(9)], UNIT, layout)], layout);
    expect(dropped).toBe(5);
    expect(data(frames)).toEqual(hex([unit(9)]));
  });
});

describe('ADTS inside RTP (quirk 50)', () => {
  const units = [unit(20), unit(31)];

  it.each([
    ['behind AU headers', units.map((one, i) => packed([withAdts(one)], i * UNIT))],
    [
      'several behind AU headers',
      [
        packed(
          units.map((one) => withAdts(one)),
          0,
        ),
      ],
    ],
    [
      'without AU headers',
      units.map((one, i) => ({ payload: withAdts(one), marker: true, timestamp: i * UNIT })),
    ],
    [
      'several without AU headers',
      [{ payload: Buffer.concat(units.map((one) => withAdts(one))), marker: true, timestamp: 0 }],
    ],
  ])('%s: the headers are taken off', (_name, packets) => {
    for (const layout of [HBR, { sizelength: '0' }]) {
      if (layout !== HBR && _name.includes('behind')) continue;
      const { frames, formats, dropped } = receive(packets, layout);
      expect(data(frames)).toEqual(hex(units));
      expect(frames.map(({ dts }) => dts)).toEqual([0, UNIT]);
      expect(formats).toEqual([format]);
      expect(dropped).toBe(0);
    }
  });

  it('another rate than the SDP says is followed once it came three times', () => {
    const fast = formatOf('1190');
    const packets = [0, 1, 2, 3, 4].map((i) => packed([withAdts(unit(20 + i), fast)], i * UNIT));
    const { frames, formats, dropped } = receive([packed([withAdts(unit(9))], 0), ...packets.slice(1)]);
    expect(formats.map(({ sampleRate }) => sampleRate)).toEqual([16_000, 48_000]);
    expect(frames.map((frame) => [frame.data.length, frame.format.clockRate])).toEqual([
      [9, 16_000],
      [23, 48_000],
      [24, 48_000],
    ]);
    expect(dropped).toBe(2);
  });

  it('a single contradiction changes nothing', () => {
    const odd = formatOf('1190');
    const packets = [format, odd, format, odd, odd, format].map((of, i) =>
      packed([withAdts(unit(20), of)], i * UNIT),
    );
    const { formats, dropped, frames } = receive(packets);
    expect(formats).toHaveLength(1);
    expect(frames).toHaveLength(3);
    expect(dropped).toBe(3);
  });

  it('the core of HE-AAC is no contradiction', () => {
    const core = formatOf('1308');
    const { frames, formats } = receive([packed([withAdts(unit(20), core)], 0)], HBR, highEfficiency);
    expect(formats).toHaveLength(1);
    expect(frames).toHaveLength(1);
  });

  it('a header that lies about its length drops that packet', () => {
    const bad = withAdts(unit(20));
    bad[4]! ^= 0x10;
    const { frames, dropped } = receive([packed([bad], 0), packed([withAdts(unit(9))], UNIT)]);
    expect(data(frames)).toEqual(hex([unit(9)]));
    expect(dropped).toBe(1);
  });
});

describe('hostile input', () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc
      .tuple(
        fc.constantFrom([0, 16], [0, 32], [0, 48], [0xff, 0xf1], [0xff, 0xf0], [0, 13], [1, 0]),
        fc.array(fc.constantFrom(0, 1, 8, 0x10, 0x40, 0x60, 0xff, 0xf1), { maxLength: 60 }),
      )
      .map(([head, rest]) => Uint8Array.from([...head, ...rest])),
  );
  const packets = fc.array(
    fc.record({
      payload: payload.map((bytes) => Buffer.from(bytes)),
      marker: fc.boolean(),
      lost: fc.boolean(),
      timestamp: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    }),
    { maxLength: 20 },
  );
  const field = fc.integer({ min: -1, max: 40 }).map(String);
  const layout = fc.oneof(
    fc.constant<Record<string, string>>(HBR),
    fc.record({ sizelength: field, indexlength: field, indexdeltalength: field }),
  );

  it('survives any packets under any fmtp', () => {
    fc.assert(
      fc.property(packets, layout, (made, fmtp) => {
        let last = Number.NEGATIVE_INFINITY;
        let of = format;
        for (const frame of receive(made, fmtp).frames) {
          if (!isAac(frame.format) || frame.data.length === 0) throw new Error('an empty frame');
          if (frame.format !== of) last = Number.NEGATIVE_INFINITY;
          of = frame.format;
          expect(frame.dts).toBeGreaterThan(last);
          last = frame.dts;
        }
      }),
      { seed: 3641, numRuns: 20_000 },
    );
  });
});
