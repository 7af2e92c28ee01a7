import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeNal, unescapeNal } from '../../bytes/index.ts';
import type { H264Format } from '../../codecs/index.ts';
import { h264Payload } from './h264.ts';
import { deliver, Exchange, frameOf, type Packet, packetsOf } from './testing/exchange.ts';
import { aggregated, formatOf, fragmented, sample, sei, single, slice } from './testing/h264-units.ts';

const STEP = 3000;
const format = formatOf({ width: 640, height: 480 });

function receive(packets: readonly Packet[], known: H264Format | undefined = format) {
  const exchange = new Exchange();
  const depacketizer = h264Payload.depacketizer(exchange.options(known));
  deliver(depacketizer, packets);
  return { frames: exchange.frames, formats: exchange.formats, dropped: depacketizer.dropped };
}

const data = (frames: readonly { data: Buffer }[]): string[] =>
  frames.map((frame) => frame.data.toString('hex'));

function send(nals: readonly Buffer[], mtu: number, timestamp: number): Packet[] {
  const key = nals.some((nal) => (nal[0]! & 31) === 5);
  return packetsOf(h264Payload.packetizer(format, mtu), frameOf(format, sample(nals), timestamp, key));
}

/** Legal NAL units: random bytes with emulation prevention, in which no start code can be. */
const body = (max: number) =>
  fc.uint8Array({ minLength: 1, maxLength: max }).map((bytes) => {
    const escaped = escapeNal(Buffer.from([0x41, 0x80, ...bytes, 0x80]));
    return escaped.subarray(1);
  });
const accessUnit = (max: number) =>
  fc
    .record({
      key: fc.boolean(),
      sei: fc.boolean(),
      slices: fc.array(body(max), { minLength: 1, maxLength: 4 }),
    })
    .map(({ key, sei: withSei, slices }) => {
      const nals = slices.map((bytes, i) => {
        const nal = Buffer.concat([Buffer.from([key ? 0x65 : 0x41]), bytes]);
        if (i > 0) nal[1] = 0x40;
        return nal;
      });
      return { key, nals: withSei ? [sei, ...nals] : nals };
    });

describe('both directions', () => {
  it('every NAL unit size around multiples of the MTU comes back', () => {
    for (const mtu of [10, 11, 100]) {
      for (let size = 1; size <= 3 * mtu + 3; size++) {
        const nals = [slice('p', Math.max(3, size)), slice('p', 30, 1)];
        const packets = send(nals, mtu, STEP);
        for (const { payload } of packets) expect(payload.length).toBeLessThanOrEqual(mtu);
        expect(packets.map(({ marker }) => marker).lastIndexOf(false)).toBe(packets.length - 2);
        expect(data(receive(packets).frames)).toEqual([sample(nals).toString('hex')]);
      }
    }
  });

  it.each([
    ['exactly the MTU', 1400, 1],
    ['one byte more', 1401, 2],
    ['two full fragments', 1 + 2 * 1398, 2],
    ['one byte into the third', 2 + 2 * 1398, 3],
  ])('%s: %i bytes take %i packets', (_name, size, count) => {
    const packets = send([slice('p', size)], 1400, 0);
    expect(packets).toHaveLength(count);
    expect(packets.filter(({ marker }) => marker)).toEqual([packets.at(-1)]);
  });

  it('puts SPS and PPS in front of every key frame and of no other', () => {
    const types = (packets: readonly Packet[]) => packets.map(({ payload }) => payload[0]! & 31);
    expect(types(send([slice('idr')], 1400, 0))).toEqual([7, 8, 5]);
    expect(types(send([slice('p')], 1400, 0))).toEqual([1]);
  });

  it('leaves empty NAL units out and marks the last packet', () => {
    const payload = sample([slice('p'), Buffer.alloc(0), slice('p', 20, 1), Buffer.alloc(0)]);
    const packets = packetsOf(h264Payload.packetizer(format, 1400), frameOf(format, payload, 0, false));
    expect(packets.map((one) => [one.payload.length, one.marker])).toEqual([
      [40, false],
      [20, true],
    ]);
  });

  it('FU-A says type, start and end (RFC 6184 5.8)', () => {
    const packets = send([slice('idr', 25)], 10, 0).slice(2);
    expect(packets.map((one) => one.payload.toString('hex', 0, 2))).toEqual(['7c85', '7c05', '7c45']);
    expect(packets.map((one) => one.payload.length)).toEqual([10, 10, 10]);
  });

  it('random access units come back from any MTU', () => {
    fc.assert(
      fc.property(
        fc.array(accessUnit(300), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 3, max: 200 }),
        (units, mtu) => {
          const packets = units.flatMap(({ nals }, i) => send(nals, mtu, i * STEP));
          const { frames, dropped } = receive(packets);
          expect(data(frames)).toEqual(units.map(({ nals }) => sample(nals).toString('hex')));
          expect(frames.map(({ key }) => key)).toEqual(units.map(({ key }) => key));
          expect(frames.map(({ dts }) => dts)).toEqual(units.map((_unit, i) => i * STEP));
          expect(dropped).toBe(0);
        },
      ),
      { seed: 6184, numRuns: 1000 },
    );
  });

  it('random access units come back however they are split and aggregated, with and without markers', () => {
    const how = fc.array(
      fc.oneof(
        fc.constant('single' as const),
        fc.constant('stap' as const),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 5 }),
      ),
      { minLength: 5, maxLength: 5 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(accessUnit(80), how), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (units, markers) => {
          const packets = units.flatMap(([{ nals }, ways], at) => {
            const made = nals.flatMap((nal, i): Packet[] => {
              const way = ways[i]!;
              if (way === 'single') return [single(nal, at * STEP)];
              return way === 'stap' ? [aggregated([nal], at * STEP)] : fragmented(nal, way, at * STEP);
            });
            return made.map((one, i) => ({ ...one, marker: markers && i === made.length - 1 }));
          });
          const end = single(slice('p'), units.length * STEP);
          const { frames, dropped } = receive([...packets, end]);
          expect(data(frames)).toEqual(units.map(([{ nals }]) => sample(nals).toString('hex')));
          expect(dropped).toBe(0);
        },
      ),
      { seed: 6185, numRuns: 1000 },
    );
  });

  it('several NAL units in one STAP-A come back', () => {
    const nals = [sei, slice('p'), slice('p', 30, 4)];
    expect(data(receive([aggregated(nals, 0, true)]).frames)).toEqual([sample(nals).toString('hex')]);
  });
});

describe('STAP-A', () => {
  const nals = [sei, slice('p'), slice('p', 30, 4)];
  const { payload } = aggregated(nals, 0, true);

  it('cut short drops the access unit: nothing behind the packet is read', () => {
    for (let end = 2; end < payload.length; end++) {
      const { frames, dropped } = receive([
        { payload: payload.subarray(0, end), marker: true, timestamp: 0 },
      ]);
      for (const frame of frames) expect(frame.data.includes(0xee)).toBe(false);
      expect(frames.length + dropped).toBeLessThanOrEqual(1);
    }
    const half = [
      { payload: payload.subarray(0, 40), marker: true, timestamp: 0 },
      single(slice('p'), STEP, true),
    ];
    const { frames, dropped } = receive(half);
    expect([frames.map(({ dts }) => dts), dropped]).toEqual([[STEP], 1]);
  });

  it('units of no bytes are left out', () => {
    const packet = aggregated([Buffer.alloc(0), nals[1]!, Buffer.alloc(0)], 0, true);
    expect(data(receive([packet]).frames)).toEqual([sample([nals[1]!]).toString('hex')]);
  });
});

describe('loss', () => {
  /** Frames of one or two slices, each slice several packets at this MTU. */
  const stream = (frames: number): { packets: Packet[]; frame: number }[] =>
    Array.from({ length: frames }, (_, i) => {
      const nals = [slice(i % 10 === 0 ? 'idr' : 'p', 60 + i)];
      if (i % 3 === 0) nals.push(slice(i % 10 === 0 ? 'idr' : 'p', 50, 3));
      return { packets: send(nals, 40, i * STEP), frame: i };
    });

  it('drops and counts exactly the access units that lack a packet', () => {
    const sent = stream(12).flatMap(({ packets, frame }) => packets.map((packet) => ({ packet, frame })));
    const isSet = ({ payload }: Packet) => [7, 8].includes(payload[0]! & 31);
    fc.assert(
      fc.property(fc.subarray(sent.map((_, i) => i)), (kept) => {
        const here = new Set(kept);
        // A last frame ends the one before it; parameter sets are known and missing ones damage nothing.
        const whole = send([slice('p', 30)], 40, 100 * STEP);
        let missing = false;
        const packets: Packet[] = [];
        for (const [i, { packet }] of sent.entries()) {
          if (here.has(i)) packets.push({ ...packet, lost: missing });
          missing = !here.has(i);
        }
        const { frames, dropped } = receive([
          ...packets,
          ...whole.map((packet) => ({ ...packet, lost: missing })),
        ]);
        const media = sent.map((one, i) => ({ ...one, i })).filter(({ packet }) => !isSet(packet));
        const of = (frame: number) => media.filter((one) => one.frame === frame);
        const complete = [...Array(12).keys()].filter((frame) => of(frame).every(({ i }) => here.has(i)));
        const touched = [...Array(12).keys()].filter((frame) => of(frame).some(({ i }) => here.has(i)));
        expect(frames.map(({ dts }) => dts / STEP)).toEqual([...complete, 100]);
        expect(dropped).toBe(touched.length - complete.length);
      }),
      { seed: 53, numRuns: 2000 },
    );
  });

  it('without markers a loss between two access units takes the first one with it', () => {
    const [a, b, c] = [0, 1, 2].map((i) => single(slice('p', 30 + i), i * STEP));
    const { frames, dropped } = receive([a!, { ...b!, lost: true }, c!, single(slice('p'), 9 * STEP)]);
    expect(frames.map(({ dts }) => dts / STEP)).toEqual([1, 2]);
    expect(dropped).toBe(1);
  });

  it('a lost SEI damages nothing', () => {
    const { frames, dropped } = receive([
      { ...single(slice('p', 50), 0, true), lost: true },
      { ...single(slice('p', 50), STEP, true), lost: true },
    ]);
    expect(frames).toHaveLength(2);
    expect(dropped).toBe(0);
  });

  it('begins in the middle of an access unit', () => {
    const { frames, dropped } = receive([
      ...fragmented(slice('p', 90), [30, 30], 0, true).slice(1),
      single(slice('p'), STEP, true),
    ]);
    expect(frames.map(({ dts }) => dts)).toEqual([STEP]);
    expect(dropped).toBe(1);
  });
});

describe('hostile input', () => {
  /** Frames must be NAL units with lengths that add up. */
  function checkWhole(frames: readonly { data: Buffer; dts: number }[]): void {
    let last = Number.NEGATIVE_INFINITY;
    for (const frame of frames) {
      let at = 0;
      while (at < frame.data.length) at += 4 + frame.data.readUInt32BE(at);
      expect(at).toBe(frame.data.length);
      expect(frame.dts).toBeGreaterThan(last);
      last = frame.dts;
    }
  }

  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(
        fc.constantFrom(0x00, 0x01, 0x41, 0x65, 0x06, 0x67, 0x68, 0x78, 0x79, 0x7a, 0x7c, 0x7d, 0x7e, 0x7f),
        fc.constantFrom(0x80, 0x85, 0xc1, 0xc5, 0x45, 0x05, 0x87, 0xc8, 0xc7, 0x00, 0xe5, 0x40, 0x9c),
        fc.array(fc.constantFrom(0, 0, 1, 5, 0x67, 0x68, 0x65, 0x80, 0xff), { maxLength: 40 }),
      )
      .map(([first, second, rest]) => Uint8Array.from([first, second, ...rest])),
  );
  const packet = fc.record({
    payload,
    marker: fc.boolean(),
    lost: fc.boolean(),
    timestamp: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  });

  it('survives any packets, known format or not', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 20 }), fc.boolean(), (packets, known) => {
        const made = packets.map((one) => ({ ...one, payload: Buffer.from(one.payload) }));
        checkWhole(receive(made, known ? format : undefined).frames);
      }),
      { seed: 20_000, numRuns: 20_000 },
    );
  });

  it('survives damaged packets of a real stream and goes on', () => {
    const good = Array.from({ length: 5 }, (_, i) =>
      send([slice(i === 0 ? 'idr' : 'p', 120), slice(i === 0 ? 'idr' : 'p', 40, 2)], 50, i * STEP),
    ).flat();
    const damage = fc.array(
      fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 49 }), fc.nat({ max: 255 })),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(damage, (places) => {
        const packets = good.map((one) => ({ ...one, payload: Buffer.from(one.payload) }));
        for (const [at, offset, value] of places) {
          const target = packets[at]!.payload;
          target[offset % target.length] = value;
        }
        const after = [slice('idr', 80)];
        const { frames } = receive([...packets, ...send(after, 50, 50 * STEP)]);
        checkWhole(frames);
        expect(data(frames).at(-1)).toBe(sample(after).toString('hex'));
      }),
      { seed: 20_001, numRuns: 20_000 },
    );
  });

  it('unescapes what it was given: the test data is legal', () => {
    fc.assert(
      fc.property(body(200), (bytes) => {
        expect(escapeNal(unescapeNal(bytes)).equals(bytes)).toBe(true);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
