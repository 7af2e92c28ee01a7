import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type H265Format,
  h265Format,
  h265NalType,
  isH265Key,
  isH265ParameterSet,
  isH265Slice,
  splitAnnexB,
  startsH265AccessUnit,
} from '../../codecs/index.ts';
import { h265Payload } from './h265.ts';
import { deliver, Exchange, frameOf, type Packet, packetsOf } from './testing/exchange.ts';

const STEP = 3600;
const testdata = new URL('../../../testdata/codecs/', import.meta.url);

/** Access units of an Annex B file, with 4-byte lengths and without what frames do not hold. */
interface Clip {
  readonly format: H265Format;
  readonly units: readonly { readonly nals: readonly Buffer[]; readonly key: boolean }[];
}

const stored = (nal: Buffer) => isH265Slice(h265NalType(nal, 0)) || [39, 40].includes(h265NalType(nal, 0));

function readClip(name: string): Clip {
  const nals = splitAnnexB(readFileSync(new URL(name, testdata)));
  const units: Buffer[][] = [];
  let hasSlice = true;
  for (const nal of nals) {
    if (startsH265AccessUnit(nal, 0, nal.length, hasSlice)) {
      units.push([]);
      hasSlice = false;
    }
    hasSlice ||= isH265Slice(h265NalType(nal, 0));
    units.at(-1)!.push(nal);
  }
  return {
    format: h265Format(nals.filter((nal) => isH265ParameterSet(h265NalType(nal, 0))).slice(0, 3)),
    units: units.map((all) => ({
      nals: all,
      key: all.some((nal) => isH265Key(h265NalType(nal, 0))),
    })),
  };
}

function whole(nals: readonly Buffer[]): Buffer {
  return Buffer.concat(
    nals.filter(stored).flatMap((nal) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(nal.length);
      return [length, nal];
    }),
  );
}

const main = readClip('main.h265');
const resize = readClip('resize.h265');
const expected = main.units.map(({ nals }) => whole(nals).toString('hex'));

/** Each NAL unit a packet, the marker where `marked` says so. */
function singles(
  nals: readonly Buffer[],
  timestamp: number,
  marked = (last: boolean, _nal: Buffer) => last,
): Packet[] {
  return nals.map((payload, at) => ({ payload, timestamp, marker: marked(at === nals.length - 1, payload) }));
}

function fragments(nal: Buffer, timestamp: number, sizes: readonly number[], marker: boolean): Packet[] {
  const packets: Packet[] = [];
  const type = h265NalType(nal, 0);
  let at = 2;
  for (let i = 0; at < nal.length || i < sizes.length; i++) {
    const stop = i < sizes.length ? Math.min(nal.length, at + sizes[i]!) : nal.length;
    const last = stop === nal.length && i >= sizes.length - 1;
    const flags = (i === 0 ? 0x80 : 0) | (last ? 0x40 : 0) | type;
    const head = Buffer.from([(nal[0]! & 0x81) | (49 << 1), nal[1]!, flags]);
    packets.push({
      payload: Buffer.concat([head, nal.subarray(at, stop)]),
      timestamp,
      marker: marker && last,
    });
    at = stop;
    if (last) break;
  }
  return packets;
}

function aggregate(nals: readonly Buffer[], timestamp: number, marker: boolean): Packet {
  const parts = nals.flatMap((nal) => {
    const size = Buffer.alloc(2);
    size.writeUInt16BE(nal.length);
    return [size, nal];
  });
  return { payload: Buffer.concat([Buffer.from([48 << 1, 1]), ...parts]), timestamp, marker };
}

function receive(packets: readonly Packet[], format?: H265Format, fmtp?: Record<string, string>) {
  const exchange = new Exchange();
  const depacketizer = h265Payload.depacketizer(exchange.options(format, fmtp));
  deliver(depacketizer, packets);
  return { ...exchange, frames: exchange.frames, formats: exchange.formats, dropped: depacketizer.dropped };
}

const data = (frames: readonly { data: Buffer }[]) => frames.map((frame) => frame.data.toString('hex'));
const text = (nals: readonly Buffer[]) => whole(nals).toString('hex');
/** One more access unit, so that the one before it ends whatever its marker says. */
const close = (timestamp: number) => singles([main.units[1]!.nals.find(stored)!], timestamp);

describe('both directions', () => {
  it.each([100, 300, 1400])('every frame of an x265 stream comes back with an MTU of %i', (mtu) => {
    const packetizer = h265Payload.packetizer(main.format, mtu);
    const packets = main.units.flatMap(({ nals, key }, i) =>
      packetsOf(packetizer, frameOf(main.format, whole(nals), i * STEP, key)),
    );
    for (const { payload } of packets) expect(payload.length).toBeLessThanOrEqual(mtu);
    expect(packets.filter((packet) => packet.marker)).toHaveLength(main.units.length);
    const { frames, formats, dropped } = receive(packets);
    expect(data(frames)).toEqual(expected);
    expect(frames.map((frame) => frame.key)).toEqual(main.units.map((unit) => unit.key));
    expect(frames.map((frame) => frame.pts)).toEqual(main.units.map((_, i) => i * STEP));
    expect(formats).toEqual([main.format]);
    expect(dropped).toBe(0);
  });

  it('presentation times of B-frames come back, decode times rise and never pass them', () => {
    // Decoding order of x265's pyramid of 3 B-frames: P 4, B 2, B 1, B 3.
    const order = [0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11, 16, 14, 13, 15];
    const packetizer = h265Payload.packetizer(main.format, 1400);
    const packets = order.flatMap((at, i) =>
      packetsOf(packetizer, frameOf(main.format, whole(main.units[i]!.nals), at * STEP, i === 0)),
    );
    const { frames } = receive(packets, main.format);
    expect(frames.map((frame) => frame.pts / STEP)).toEqual(order);
    const settled = frames.slice(5);
    settled.forEach((frame, i) => {
      expect(frame.dts).toBeLessThanOrEqual(frame.pts);
      if (i > 0) expect(frame.dts).toBeGreaterThan(settled[i - 1]!.dts);
    });
  });

  it('any NAL units over any MTU, single, fragmented or aggregated by another sender', () => {
    const nal = fc
      .tuple(fc.constantFrom(0, 1, 9, 39, 40), fc.uint8Array({ minLength: 1, maxLength: 900 }))
      .map(([type, bytes]) => Buffer.from([type << 1, 1, 0x80, ...bytes.map((byte) => byte | 4)]));
    const way = fc.constantFrom('single', 'fragments', 'together');
    const cuts = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(nal, { minLength: 1, maxLength: 6 }),
        way,
        cuts,
        fc.integer({ min: 4, max: 300 }),
        (nals, how, sizes, mtu) => {
          const unit = [Buffer.from([2, 1, 0xd0, 1]), ...nals];
          const frame = whole(unit);
          const packets =
            how === 'single'
              ? singles(unit, 5)
              : how === 'together'
                ? [aggregate(unit, 5, true)]
                : unit.flatMap((one, i) => fragments(one, 5, sizes, i === unit.length - 1));
          expect(data(receive(packets, main.format).frames)).toEqual([frame.toString('hex')]);
          const ours = packetsOf(
            h265Payload.packetizer(main.format, mtu),
            frameOf(main.format, frame, 5, false),
          );
          expect(data(receive(ours, main.format).frames)).toEqual([frame.toString('hex')]);
        },
      ),
      { seed: 31, numRuns: 2000 },
    );
  });
});

describe('what cameras do', () => {
  const first = main.units[0]!.nals;
  const sets = first.filter((nal) => isH265ParameterSet(h265NalType(nal, 0)));
  const slices = first.filter((nal) => isH265Slice(h265NalType(nal, 0)));
  const code = Buffer.from([0, 0, 0, 1]);

  it('quirk 22: without sprop the format comes in band, frames before it are not shown', () => {
    const packets = main.units.slice(5, 12).flatMap(({ nals }, i) => singles(nals, i * STEP));
    const { frames, formats } = receive(packets);
    expect(formats).toEqual([main.format]);
    expect(data(frames)).toEqual(expected.slice(10, 12));
    expect(frames[0]!.key).toBe(true);
  });

  it.each<[string, (last: boolean, nal: Buffer) => boolean]>([
    ['on every parameter set and SEI as well', (last, nal) => last || !isH265Slice(h265NalType(nal, 0))],
    ['never', () => false],
  ])('quirk 38: the marker bit is set %s', (_name, marked) => {
    const trailerless = main.units.map(({ nals }) => nals.filter((nal) => h265NalType(nal, 0) !== 40));
    const packets = trailerless.flatMap((nals, i) => singles(nals, i * STEP, marked));
    const { frames } = receive([...packets, ...close(25 * STEP)]);
    expect(data(frames).slice(0, 25)).toEqual(trailerless.map(text));
  });

  it('quirk 39: parameter sets and pictures glued together with start codes', () => {
    const glued = Buffer.concat([...sets, ...slices].flatMap((nal, i) => (i === 0 ? [nal] : [code, nal])));
    const single = receive([{ payload: glued, timestamp: 5, marker: true }]);
    expect(data(single.frames)).toEqual([text(slices)]);
    expect(single.frames[0]!.key).toBe(true);
    const inPieces = receive(fragments(glued, 5, [50, 60, 70], true));
    expect(data(inPieces.frames)).toEqual([text(slices)]);
    const prefixed = slices.map((nal) => Buffer.concat([code, nal]));
    expect(data(receive(singles([...sets, ...prefixed], 5)).frames)).toEqual([text(slices)]);
  });

  it('quirk 41: parameter sets change in the middle', () => {
    const packets = resize.units.flatMap(({ nals }, i) => singles(nals, i * STEP));
    const { frames, formats } = receive(packets, resize.format);
    expect(formats.map((format) => (format as H265Format).width)).toEqual([320, 160]);
    expect(frames.map((frame) => (frame.format as H265Format).width)).toEqual([
      ...Array.from({ length: 5 }, () => 320),
      ...Array.from({ length: 5 }, () => 160),
    ]);
  });

  it('quirk 41: a key frame without parameter sets uses those of the description', () => {
    const { frames, formats } = receive(singles(slices, 5), main.format);
    expect(frames).toMatchObject([{ key: true }]);
    expect(formats).toHaveLength(1);
  });

  it('quirk 42: TRAIL_N as a single NAL unit', () => {
    const unit = main.units.find(({ nals }) => nals.some((nal) => h265NalType(nal, 0) === 0))!;
    expect(data(receive(singles(unit.nals, 5), main.format).frames)).toEqual([text(unit.nals)]);
  });

  it('quirk 42: a whole NAL unit in one fragmentation unit, start and end bit set (OpenIPC)', () => {
    const packets = first.flatMap((nal, i) => fragments(nal, 5, [nal.length], i === first.length - 1));
    expect(packets).toHaveLength(first.length);
    const { frames, formats } = receive(packets);
    expect(formats).toEqual([main.format]);
    expect(data(frames)).toEqual([expected[0]]);
  });

  it('quirk 42: fragments without an end bit, and empty ones', () => {
    const slice = slices[0]!;
    const endless = fragments(slice, 5, [0, 40, 0, 40], false).map((packet) => {
      packet.payload[2]! &= 0xbf;
      return packet;
    });
    const { frames } = receive([...endless, ...singles([slices[1]!], 5)], main.format);
    expect(data(frames)).toEqual([text([slice, slices[1]!])]);
  });

  it('quirk 44: a group of pictures of minutes with the same parameter sets again is one format', () => {
    const long = Array.from({ length: 3000 }, (_, i) => singles([slices[0]!].map(trail), i * 90_000 * 0.2));
    const { frames, formats } = receive([
      ...singles(first, 0),
      ...long.flat().slice(1),
      ...singles(first, 9e7),
    ]);
    expect(frames).toHaveLength(3001);
    expect(frames.filter((frame) => frame.key)).toHaveLength(2);
    expect(formats).toHaveLength(1);
  });

  it('quirk 44: time stamps that go back give decode times that still rise', () => {
    const times = [0, 3600, 7200, 5400, 10_800, 9000, 14_400];
    const { frames } = receive(
      times.flatMap((time) => singles(slices, time)),
      main.format,
    );
    const dts = frames.map((frame) => frame.dts);
    expect(dts).toEqual([...dts].sort((a, b) => a - b));
    expect(new Set(dts).size).toBe(times.length);
  });

  it('quirk 45: an access unit without end is given up, memory stays bounded and the next one plays', () => {
    const endless = trail(Buffer.concat([slices[0]!, Buffer.alloc(60_000, 0xaa)]));
    const packets = Array.from({ length: 700 }, () => ({ payload: endless, timestamp: 5, marker: false }));
    const { frames, dropped } = receive([...packets, ...singles(slices, 6)], main.format);
    expect(dropped).toBe(1);
    expect(data(frames)).toEqual([text(slices)]);
  });

  it('a picture with a hole is dropped and counted, the next one plays', () => {
    const packets = fragments(slices[0]!, 5, [50, 50, 50], true);
    const next = singles(slices, 6);
    const holes: [string, Packet[]][] = [
      ['in the middle', [packets[0]!, { ...packets[2]!, lost: true }, packets[3]!]],
      ['at the end', [...packets.slice(0, 3), { ...next[0]!, lost: true }, ...next.slice(1)]],
      ['at its beginning', [{ ...packets[2]!, lost: true }, packets[3]!]],
      ['of its first slice', singles(slices.slice(1), 5).map((one, i) => ({ ...one, lost: i === 0 }))],
    ];
    for (const [where, before] of holes) {
      const rest = where === 'at the end' ? [] : next;
      const { frames, dropped } = receive([...before, ...rest], main.format);
      expect([where, dropped, data(frames)]).toEqual([where, 1, [text(slices)]]);
    }
  });

  it('drops the enhancement layers, delimiters and NAL units without payload', () => {
    const layer = Buffer.from(slices[0]!);
    layer[1]! |= 8;
    const odd = [Buffer.from([2, 1]), Buffer.from([2]), Buffer.alloc(0), layer, Buffer.from([70, 1, 0x50])];
    const { frames, dropped } = receive(
      [...singles(odd, 5, () => false), ...singles(slices, 5)],
      main.format,
    );
    expect([data(frames), dropped]).toEqual([[text(slices)], 0]);
  });
});

describe('sprop-max-don-diff', () => {
  const slices = main.units[0]!.nals.filter((nal) => isH265Slice(h265NalType(nal, 0)));
  const don = (value: number) => Buffer.from([value >> 8, value & 255]);
  const withDon = (nal: Buffer, value: number) =>
    Buffer.concat([nal.subarray(0, 2), don(value), nal.subarray(2)]);
  const take = (packets: Packet[]) => receive(packets, main.format, { 'sprop-max-don-diff': '1' });

  it('passes over the decoding order numbers of all kinds of packets', () => {
    const single = singles(
      slices.map((nal, i) => withDon(nal, 65_534 + i)),
      5,
    );
    expect(data(take(single).frames)).toEqual([text(slices)]);
    const pieces = slices.flatMap((nal, i) => fragments(nal, 5, [40, 40], i === 2));
    const numbered = pieces.map((one) => {
      if ((one.payload[2]! & 0x80) === 0) return one;
      return {
        ...one,
        payload: Buffer.concat([one.payload.subarray(0, 3), don(9), one.payload.subarray(3)]),
      };
    });
    expect(data(take(numbered).frames)).toEqual([text(slices)]);
    const parts = slices.flatMap((nal, i) => [i === 0 ? don(7) : Buffer.from([0]), don(nal.length), nal]);
    const together = { payload: Buffer.concat([Buffer.from([96, 1]), ...parts]), timestamp: 5, marker: true };
    expect(data(take([together]).frames)).toEqual([text(slices)]);
  });

  it('gives up frames that are really interleaved', () => {
    const turned = singles([withDon(slices[0]!, 8), withDon(slices[1]!, 7)], 5);
    expect(take([...turned, ...singles([withDon(slices[0]!, 9)], 6)])).toMatchObject({
      dropped: 1,
      frames: [{ pts: 6 }],
    });
  });
});

describe('fuzz', () => {
  it('any packets at all: no error, whole frames, bounded', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(
          fc.constantFrom(...main.units[0]!.nals, ...main.units[1]!.nals),
          fc.nat(80),
          fc.nat(255),
          fc.nat(400),
        )
        .map(([nal, at, value, size]) => {
          const copy = Buffer.from(nal.subarray(0, 1 + size));
          copy[at % copy.length] = value;
          return copy;
        }),
      fc
        .tuple(fc.constantFrom(48, 49, 50), fc.uint8Array({ maxLength: 80 }))
        .map(([type, bytes]) => Buffer.from([type << 1, 1, ...bytes])),
    );
    const packet = fc.record({
      payload: piece,
      marker: fc.boolean(),
      timestamp: fc.nat(3),
      lost: fc.boolean(),
    });
    const setup = fc.record({ known: fc.boolean(), don: fc.constantFrom('0', '1', 'x') });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 12 }), setup, (packets, { known, don }) => {
        const format = known ? main.format : undefined;
        for (const frame of receive(packets, format, { 'sprop-max-don-diff': don }).frames) {
          let at = 0;
          while (at < frame.data.length) at += 4 + frame.data.readUInt32BE(at);
          expect(at).toBe(frame.data.length);
        }
      }),
      { seed: 32, numRuns: 20_000 },
    );
  });
});

function trail(nal: Buffer): Buffer {
  const copy = Buffer.from(nal);
  copy[0] = 2;
  return copy;
}
