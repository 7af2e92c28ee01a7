import { describe, expect, it } from 'vitest';
import { type H264Format, isH264 } from '../../codecs/index.ts';
import { h264Payload } from './h264.ts';
import { deliver, Exchange, type Packet } from './testing/exchange.ts';
import {
  aggregated,
  delimiter,
  formatOf,
  fragmented,
  pps,
  type SpsFacts,
  sample,
  sei,
  single,
  slice,
  sps,
} from './testing/h264-units.ts';

const STEP = 3000;
const VGA: SpsFacts = { width: 640, height: 480 };
const HD: SpsFacts = { width: 1280, height: 720 };
const format = formatOf(VGA);
const START = Buffer.from([0, 0, 0, 1]);
const SHORT_START = Buffer.from([0, 0, 1]);

function receive(packets: readonly Packet[], known: H264Format | undefined = format) {
  const exchange = new Exchange();
  const depacketizer = h264Payload.depacketizer(exchange.options(known));
  deliver(depacketizer, packets);
  const formats = exchange.formats.filter(isH264);
  return { frames: exchange.frames, formats, dropped: depacketizer.dropped };
}

/** Without a format from the SDP. */
const unknown = (packets: readonly Packet[]) => {
  const exchange = new Exchange();
  const depacketizer = h264Payload.depacketizer(exchange.options());
  deliver(depacketizer, packets);
  return { formats: exchange.formats.filter(isH264), frames: exchange.frames };
};

const text = (nals: readonly Buffer[]) => sample(nals).toString('hex');
const data = (frames: readonly { data: Buffer }[]) => frames.map((frame) => frame.data.toString('hex'));
const times = (frames: readonly { dts: number }[]) => frames.map(({ dts }) => dts / STEP);
const widths = (formats: readonly H264Format[]) => formats.map(({ width }) => width);
const next = (at: number) => single(slice('p'), at * STEP, true);
const units = (nals: readonly Buffer[], timestamp: number, marker = true) =>
  nals.map((nal, i) => single(nal, timestamp, marker && i === nals.length - 1));

describe('quirk 34', () => {
  it('empty RTP payloads are nothing, their marker counts', () => {
    const { frames, dropped } = receive([
      single(Buffer.alloc(0), 0),
      single(slice('p'), 0),
      single(Buffer.alloc(0), 0, true),
      single(Buffer.alloc(0), STEP, true),
    ]);
    expect(data(frames)).toEqual([text([slice('p')])]);
    expect(dropped).toBe(0);
  });
});

describe('quirk 38', () => {
  const picture = [sps(VGA), pps(), sei, slice('idr'), slice('idr', 30, 9)];
  const frame = text([sei, slice('idr'), slice('idr', 30, 9)]);

  it('a marker on SPS, PPS and SEI ends nothing', () => {
    const packets = picture.map((nal, i) => single(nal, 0, i !== 3));
    expect(data(receive(packets).frames)).toEqual([frame]);
  });

  it('without any marker the next time stamp ends the access unit', () => {
    const { frames, dropped } = receive([...units(picture, 0, false), next(1)]);
    expect(data(frames)).toEqual([frame, text([slice('p')])]);
    expect(dropped).toBe(0);
  });

  it('a marker on every slice costs one picture, then it is not believed any more', () => {
    const both = (at: number) =>
      [slice('p', 50), slice('p', 40, 5)].map((nal) => single(nal, at * STEP, true));
    const { frames, dropped } = receive([...both(0), ...both(1), ...both(2), next(3), next(4)]);
    const whole = text([slice('p', 50), slice('p', 40, 5)]);
    expect(data(frames).slice(1)).toEqual([whole, whole, text([slice('p')])]);
    expect(dropped).toBe(1);
  });

  it('SEI and sets with a time stamp of their own belong to the next picture or to none', () => {
    const { frames, dropped } = receive([
      single(sps(VGA), 1),
      single(pps(), 2),
      single(sei, 3),
      single(slice('idr'), STEP, true),
    ]);
    expect(data(frames)).toEqual([text([slice('idr')])]);
    expect(dropped).toBe(0);
  });
});

describe('quirk 39', () => {
  const slices = [slice('idr', 300), slice('idr', 200, 40)];
  // SEI before the first format is known goes nowhere.
  const nals = [sei, ...slices];
  const stream = (code: Buffer, all: readonly Buffer[]) => Buffer.concat(all.flatMap((nal) => [code, nal]));
  const glued = (code: Buffer) => stream(code, [sps(HD), pps(), ...nals]).subarray(code.length);

  it.each([
    ['behind each other', glued(START)],
    ['with short start codes', glued(SHORT_START)],
    ['with a start code in front', stream(START, [sps(HD), pps(), ...nals])],
    ['with a delimiter first', stream(START, [delimiter, sps(HD), pps(), ...nals]).subarray(4)],
    ['slice on slice', Buffer.concat([sps(HD), START, pps(), START, stream(SHORT_START, nals).subarray(3)])],
  ])('SPS, PPS and IDR %s in one RTP NAL unit are taken apart', (_name, bytes) => {
    for (const packets of [[single(bytes, 0, true)], fragmented(bytes, [5, 2, 1, 100], 0, true)]) {
      const { frames, formats } = unknown(packets);
      expect(widths(formats)).toEqual([1280]);
      expect(data(frames)).toEqual([text(slices)]);
      expect(frames[0]!.key).toBe(true);
    }
  });

  it('slices glued together after many clean access units of another kind', () => {
    const clean = Array.from({ length: 150 }, (_, i) => next(i));
    const two = [slice('p', 60), slice('p', 60, 7)];
    const later = Array.from({ length: 300 }, (_, i) => {
      return single(Buffer.concat([two[0]!, START, two[1]!]), (150 + i) * STEP, true);
    });
    const { frames } = receive([...clean, ...later]);
    expect(data(frames.slice(150))).toEqual(later.map(() => text(two)));
  });

  it('sets and key frame glued together after many clean access units', () => {
    const clean = Array.from({ length: 400 }, (_, i) => next(i));
    const { frames, formats } = receive([...clean, single(glued(START), 400 * STEP, true)]);
    expect(widths(formats)).toEqual([640, 1280]);
    expect(data(frames).at(-1)).toBe(text(slices));
  });

  it('a start code across two fragments', () => {
    const bytes = glued(START);
    const code = bytes.indexOf(START);
    for (const cut of [0, 1, 2, 3]) {
      const { frames } = unknown(fragmented(bytes, [code + cut], 0, true));
      expect(data(frames)).toEqual([text(slices)]);
    }
  });

  it('the same slices stay whole once a camera is believed', () => {
    const clean = Array.from({ length: 400 }, (_, i) => next(i));
    const fragments = fragmented(slice('p', 5000), [1000, 1000], 400 * STEP, true);
    expect(data(receive([...clean, ...fragments]).frames).at(-1)).toBe(text([slice('p', 5000)]));
  });
});

describe('quirk 40', () => {
  const nal = slice('p', 200);
  const whole = [text([nal])];

  it('FU-A with start and end in one packet', () => {
    const [packet] = fragmented(nal, [], 0, true);
    expect(packet!.payload[1]! & 0xc0).toBe(0xc0);
    expect(data(receive([packet!]).frames)).toEqual(whole);
  });

  it.each([
    ['the reserved bit set', (byte: number) => byte | 0x20],
    ['another NAL type in later fragments', (byte: number) => (byte & 0x80 ? byte : (byte & 0xe0) | 5)],
    ['no end', (byte: number) => byte & ~0x40],
  ])('FU-A with %s', (_name, change) => {
    for (const clean of [0, 400]) {
      const before = Array.from({ length: clean }, (_, i) => next(i));
      const packets = fragmented(nal, [20, 0, 50], clean * STEP, true);
      for (const { payload } of packets) payload[1] = change(payload[1]!);
      const { frames, dropped } = receive([...before, ...packets]);
      expect(data(frames.slice(clean))).toEqual(whole);
      expect(dropped).toBe(0);
    }
  });

  it('FU-A without end before another NAL unit', () => {
    for (const clean of [0, 400]) {
      const before = Array.from({ length: clean }, (_, i) => next(i));
      const [first, ...rest] = fragmented(nal, [20, 50], clean * STEP);
      const open = [first!, ...rest].map((packet) => ({ ...packet, payload: Buffer.from(packet.payload) }));
      open.at(-1)!.payload[1]! &= ~0x40;
      const second = slice('p', 100, 3);
      const { frames } = receive([...before, ...open, ...fragmented(second, [10], clean * STEP, true)]);
      expect(data(frames.slice(clean))).toEqual([text([nal, second])]);
      const followed = receive([...before, ...open, single(second, clean * STEP, true)]);
      expect(data(followed.frames.slice(clean))).toEqual([text([nal, second])]);
    }
  });

  it('FU-A that carries SPS, PPS and SEI', () => {
    const packets = [sps(HD), pps(), sei].flatMap((set) => fragmented(set, [2, 1], 0));
    const { frames, formats } = unknown([...packets, single(slice('idr'), 0, true)]);
    expect(widths(formats)).toEqual([1280]);
    expect(data(frames)).toEqual([text([slice('idr')])]);
  });

  it('a marker on every fragment costs one picture, then it is not believed any more', () => {
    for (const clean of [0, 400]) {
      const before = Array.from({ length: clean }, (_, i) => next(i));
      const picture = (at: number) =>
        fragmented(nal, [50, 50], (clean + at) * STEP).map((packet) => ({ ...packet, marker: true }));
      const { frames, dropped } = receive([...before, ...[0, 1, 2].flatMap(picture), next(clean + 3)]);
      expect(data(frames.slice(clean + 1))).toEqual([...whole, ...whole]);
      expect(dropped).toBe(1);
    }
  });

  it('a set with a hole is no set', () => {
    const [first, , last] = fragmented(pps(), [1, 1], 0);
    const holed = [single(sps(HD), 0), first!, { ...last!, lost: true }, single(slice('idr'), 0, true)];
    const { formats } = unknown([...holed, ...units([sps(HD), pps(), slice('idr')], STEP)]);
    expect(formats.map((one) => one.pps)).toEqual([[pps()]]);
  });

  it('a truncated FU-A header is nothing', () => {
    expect(data(receive([single(Buffer.from([0x7c]), 0), next(0)]).frames)).toEqual([text([slice('p')])]);
  });
});

describe('quirk 41', () => {
  const key = (facts: SpsFacts, at: number, ...more: Buffer[]) =>
    units([sps(facts), pps(), ...more, slice('idr')], at * STEP);

  it('sets in band only: nothing before them, everything from them on', () => {
    const { frames, formats } = unknown([next(0), ...key(HD, 1), next(2)]);
    expect(widths(formats)).toEqual([1280]);
    expect(times(frames)).toEqual([1, 2]);
  });

  it('sets in band only, in access units of their own', () => {
    const { frames } = unknown([
      single(sps(HD), 0),
      single(pps(), STEP),
      next(2),
      single(slice('idr'), 3 * STEP, true),
    ]);
    expect(times(frames)).toEqual([2, 3]);
  });

  it('sets in a STAP-A with the picture', () => {
    const nals = [sps(HD), pps(), sei, slice('idr')];
    const { frames } = unknown([0, STEP].map((timestamp) => aggregated(nals, timestamp, true)));
    expect(data(frames)).toEqual([text([slice('idr')]), text([sei, slice('idr')])]);
  });

  it('an IDR without sets keeps those of the SDP', () => {
    const { frames, formats } = receive([single(slice('idr'), 0, true)]);
    expect(formats).toEqual([format]);
    expect(frames.map((frame) => frame.key)).toEqual([true]);
  });

  it('another resolution is a new format before its key frame, sets repeated are none', () => {
    const packets = [...key(VGA, 0), next(1), ...key(HD, 2), next(3), ...key(HD, 4), ...key(VGA, 5)];
    const { frames, formats } = receive(packets);
    expect(widths(formats)).toEqual([640, 1280, 640]);
    expect(frames.map((frame) => (frame.format as H264Format).width)).toEqual([
      640, 640, 1280, 1280, 1280, 640,
    ]);
    expect(times(frames)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('another resolution in an SPS with another id', () => {
    const { formats } = receive([...key(VGA, 0), ...key({ ...HD, id: 1 }, 1)]);
    expect(widths(formats)).toEqual([640, 1280]);
    expect(formats[1]!.sps).toHaveLength(1);
  });

  it('SEI in front of changed sets goes with them', () => {
    const { frames, formats } = receive([next(0), ...units([sei, sps(HD), pps(), slice('idr')], STEP)]);
    expect(widths(formats)).toEqual([640, 1280]);
    expect(data(frames).at(-1)).toBe(text([slice('idr')]));
  });

  it('sets in the middle of a group wait for the next key frame', () => {
    const packets = [...key(VGA, 0), ...units([sps(HD), pps(), slice('p')], STEP), next(2), ...key(HD, 3)];
    const { frames, formats } = receive(packets);
    expect(formats).toHaveLength(2);
    expect(frames.map((frame) => (frame.format as H264Format).width)).toEqual([640, 640, 640, 1280]);
  });

  it('quirk 22: zeros behind a set make no new one', () => {
    const padded = (set: Buffer) => Buffer.concat([set, Buffer.alloc(3)]);
    const packets = [0, 1, 2].flatMap((at) =>
      units([padded(sps(VGA)), padded(pps()), slice('idr')], at * STEP),
    );
    const { frames, formats } = receive(packets);
    expect(formats).toHaveLength(1);
    expect(times(frames)).toEqual([0, 1, 2]);
  });

  it('sets that came to nothing are forgotten', () => {
    const { formats } = receive([...key(VGA, 0), ...units([sps(HD), slice('p')], STEP), ...key(VGA, 2)]);
    expect(formats).toHaveLength(1);
  });

  it('one set again and again leaves room for the other', () => {
    const { formats } = unknown(units([...Array<Buffer>(40).fill(sps(HD)), pps(), slice('idr')], 0));
    expect(widths(formats)).toEqual([1280]);
  });

  it('a further PPS joins the sets', () => {
    const { formats } = receive([...key(VGA, 0), ...units([pps(1), slice('idr')], STEP), ...key(VGA, 2)]);
    expect(formats.map((one) => one.pps.length)).toEqual([1, 2]);
  });

  it('malformed sets are ignored, before and after good ones', () => {
    const worse = Buffer.from([0x67, 66, 0, 31, 0x81]);
    const bad = [
      Buffer.from([0x67]),
      Buffer.from([0x67, 66, 0, 31, 0, 0]),
      Buffer.from([0x68]),
      Buffer.from([0x67, 66, 0, 31, 0x80]),
      Buffer.alloc(5000, 0x67),
    ];
    const packets = [
      ...units([...bad, slice('idr')], 0),
      ...units([...bad, sps(HD), worse, pps(), slice('idr')], STEP),
    ];
    const { frames, formats } = unknown(packets);
    expect(widths(formats)).toEqual([1280]);
    expect(times(frames)).toEqual([1]);
  });

  it('memory for sets is bounded, and good ones are still taken', () => {
    const many = Array.from({ length: 200 }, (_, i) => pps(i % 200, i % 5));
    const { formats } = unknown([...units([...many, slice('idr')], 0), ...key(HD, 1)]);
    expect(widths(formats)).toEqual([1280]);
  });

  it('a key frame sent twice comes out twice, times rising', () => {
    const { frames } = receive([...key(VGA, 0), ...key(VGA, 0), next(1), next(2)]);
    expect(frames.map(({ dts, pts }) => [dts, pts])).toEqual([
      [0, 0],
      [1, 1],
      [STEP, STEP],
      [2 * STEP, 2 * STEP],
    ]);
  });
});

describe('quirk 43', () => {
  it('B-frames get decode times that rise and end up before presentation', () => {
    const order = [0, ...Array.from({ length: 10 }, (_, i) => [3, 1, 2].map((at) => 3 * i + at)).flat()];
    const packets = order.map((at, i) => single(slice(i === 0 ? 'idr' : 'p'), at * STEP, true));
    const main = formatOf({ ...VGA, profile: 77 });
    const { frames } = receive(packets, main);
    expect(frames.map(({ pts }) => pts / STEP)).toEqual(order);
    for (let i = 1; i < frames.length; i++) expect(frames[i]!.dts).toBeGreaterThan(frames[i - 1]!.dts);
    for (const { dts, pts } of frames.slice(10)) expect(dts).toBeLessThanOrEqual(pts);
  });

  it('quirk 44: without B-frames time stamps that go back a little are moved on', () => {
    const packets = [0, 1, 2, 1.5, 3].map((at) => next(at));
    const { frames } = receive(packets);
    expect(frames.map(({ dts, pts }) => pts - dts)).toEqual([0, 0, 0, 0, 0]);
    expect(times(frames)).toEqual([0, 1, 2, 2 + 1 / STEP, 3]);
  });
});

describe('quirk 45', () => {
  it('an access unit without end is given up at 16 MiB, and the next one comes', () => {
    for (const clean of [0, 400]) {
      const before = Array.from({ length: clean }, (_, i) => next(i));
      const huge = fragmented(slice('p', 60_000), [], clean * STEP)[0]!.payload;
      const exchange = new Exchange();
      const depacketizer = h264Payload.depacketizer(exchange.options(format));
      deliver(depacketizer, before);
      huge[1]! &= ~0x40;
      const more = Buffer.from(huge);
      more[1]! &= ~0xc0;
      const flood = (payload: Buffer, count: number): Packet[] =>
        Array.from({ length: count }, () => ({ payload, marker: false, timestamp: clean * STEP }));
      deliver(depacketizer, [...flood(huge, 1), ...flood(more, 700)]);
      expect(depacketizer.dropped).toBe(0);
      deliver(depacketizer, [next(clean + 1), next(clean + 2)]);
      expect(depacketizer.dropped).toBe(1);
      expect(times(exchange.frames.slice(clean))).toEqual([clean + 1, clean + 2]);
    }
  });
});
