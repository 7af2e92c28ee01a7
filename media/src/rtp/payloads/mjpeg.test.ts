import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mjpeg, mjpegFormat, pcmFormat, pcmu, readJpeg } from '../../codecs/index.ts';
import { mjpegPayload } from './mjpeg.ts';
import { deliver, Exchange, frameOf, type Packet, packetsOf } from './testing/exchange.ts';

const testdata = new URL('../../../testdata/codecs/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, testdata));
const q30 = read('q30.jpg');
const q75 = read('q75.jpg');
const restart = read('restart.jpg');
const format = mjpegFormat(160, 120);

function receive(packets: readonly Packet[]) {
  const exchange = new Exchange();
  const depacketizer = mjpegPayload.depacketizer(exchange.options());
  deliver(depacketizer, packets);
  return { frames: exchange.frames, formats: exchange.formats, dropped: depacketizer.dropped };
}

const data = (frames: readonly { data: Buffer }[]) => frames.map((frame) => frame.data.toString('hex'));
const scanOf = (jpeg: Buffer) => {
  const picture = readJpeg(jpeg, 0, jpeg.length)!;
  return jpeg.subarray(picture.scan, picture.scanEnd);
};

interface Header {
  readonly type?: number;
  readonly q?: number;
  readonly width?: number;
  readonly height?: number;
  readonly tables?: Buffer;
  readonly interval?: number;
}

/** The packets of one scan as another sender would make them, `size` bytes of it each. */
function packets(scan: Buffer, header: Header, timestamp = 9, size = 700): Packet[] {
  const { type = 1, q = 30, width = 20, height = 15, tables, interval = 0 } = header;
  return Array.from({ length: Math.ceil(scan.length / size) }, (_, i) => {
    const offset = i * size;
    const main = [0, offset >> 16, (offset >> 8) & 255, offset & 255, type, q, width, height];
    const marker = type > 63 ? [interval >> 8, interval & 255, 0xff, 0xff] : [];
    const inBand = i === 0 && tables ? tables : Buffer.alloc(0);
    return {
      payload: Buffer.concat([
        Buffer.from([...main, ...marker]),
        inBand,
        scan.subarray(offset, offset + size),
      ]),
      marker: offset + size >= scan.length,
      timestamp,
    };
  });
}

const tableHeader = (precision: number, bytes: number) =>
  Buffer.from([0, precision, bytes >> 8, bytes & 255]);
const inBand = (jpeg: Buffer) => {
  const both = Buffer.concat(readJpeg(jpeg, 0, jpeg.length)!.tables);
  return Buffer.concat([tableHeader(0, both.length), both]);
};

describe('both directions', () => {
  it.each([
    ['4:2:0 by libjpeg', q30, 1],
    ['4:2:2 by libjpeg', q75, 0],
    ['4:2:0 with restart markers by ffmpeg', restart, 65],
  ])('%s: tables and scan come back', (_name, jpeg, type) => {
    const before = readJpeg(jpeg, 0, jpeg.length)!;
    for (const mtu of [300, 1400, 60_000]) {
      const sent = packetsOf(mjpegPayload.packetizer(format, mtu), frameOf(format, jpeg, 9, true));
      expect(sent.every(({ payload }) => payload.length <= mtu && payload[4] === type)).toBe(true);
      expect(sent.map(({ marker }) => marker)).toEqual(sent.map((_, i) => i === sent.length - 1));
      const { frames, formats, dropped } = receive(sent);
      expect([frames.length, dropped]).toEqual([1, 0]);
      expect(frames[0]).toMatchObject({ dts: 9, pts: 9, key: true });
      expect(formats).toEqual([format]);
      const back = frames[0]!.data;
      const after = readJpeg(back, 0, back.length)!;
      expect(after).toMatchObject({ ...before, scan: after.scan, scanEnd: after.scanEnd });
      expect(scanOf(back)).toEqual(scanOf(jpeg));
    }
  });

  it('Q 30 gives back what libjpeg wrote with quality 30, to the last byte', () => {
    expect(data(receive(packets(scanOf(q30), { q: 30 })).frames)).toEqual([q30.toString('hex')]);
    expect(data(receive(packets(scanOf(q75), { q: 75, type: 0 })).frames)).toEqual([q75.toString('hex')]);
  });

  it('leaves out what RFC 2435 cannot carry', () => {
    const huge = mjpegFormat(2048, 120);
    const wide = Buffer.from(q30);
    wide.writeUInt16BE(2048, wide.indexOf(Buffer.from([0xff, 0xc0])) + 7);
    for (const jpeg of [wide, Buffer.alloc(40), q30.subarray(0, 100)]) {
      expect(packetsOf(mjpegPayload.packetizer(huge, 1400), frameOf(huge, jpeg, 9, true))).toEqual([]);
    }
    expect(() => mjpegPayload.packetizer(pcmFormat(pcmu, 8000, 1), 1400)).toThrow(TypeError);
  });

  it('offers the static payload type', () => {
    expect(mjpeg.rtp).toEqual({ encodingName: 'JPEG', payloadType: 26 });
  });
});

describe('quirk 47: what cameras do', () => {
  const scan = scanOf(q30);

  it.each([1, 2, 5, 63])('type %i counts as 4:2:0', (type) => {
    expect(data(receive(packets(scan, { type })).frames)).toEqual([q30.toString('hex')]);
  });

  it.each([
    [64, false],
    [65, true],
    [127, true],
  ])('type %i has a restart interval', (type, halfLines) => {
    const { frames } = receive(packets(scan, { type, interval: 300 }));
    expect(readJpeg(frames[0]!.data, 0, frames[0]!.data.length)).toMatchObject({
      halfLines,
      restartInterval: 300,
    });
  });

  it('tables of a Q from 128 to 254 need not come again', () => {
    const first = packets(scan, { q: 200, tables: inBand(q30) }, 1);
    const again = packets(scan, { q: 200, tables: tableHeader(0, 0) }, 2);
    const other = packets(scan, { q: 201, tables: inBand(q75) }, 3);
    const back = packets(scan, { q: 200, tables: tableHeader(0, 0) }, 4);
    const changed = packets(scan, { q: 200, tables: inBand(q75) }, 5);
    const { frames, dropped } = receive([...first, ...again, ...other, ...back, ...changed]);
    const tables = frames.map(({ data: bytes }) =>
      readJpeg(bytes, 0, bytes.length)!.tables[0]!.toString('hex'),
    );
    const [thirty, seventyFive] = [q30, q75].map((jpeg) =>
      readJpeg(jpeg, 0, jpeg.length)!.tables[0]!.toString('hex'),
    );
    expect(tables).toEqual([thirty, thirty, seventyFive, thirty, seventyFive]);
    expect(dropped).toBe(0);
    expect(receive(packets(scan, { q: 200, tables: tableHeader(0, 0) })).dropped).toBe(1);
  });

  it('one table for all components, and tables of 16 bits', () => {
    const single = Buffer.concat([tableHeader(0, 64), Buffer.alloc(64, 7)]);
    const gray = receive(packets(scan, { q: 255, tables: single })).frames[0]!.data;
    expect(readJpeg(gray, 0, gray.length)!.tables).toEqual([Buffer.alloc(64, 7), Buffer.alloc(64, 7)]);
    const wide = Buffer.concat([tableHeader(2, 192), Buffer.alloc(64, 7), Buffer.alloc(128, 1)]);
    const mixed = receive(packets(scan, { q: 255, tables: wide })).frames[0]!.data;
    expect(readJpeg(mixed, 0, mixed.length)!.tables).toEqual([Buffer.alloc(64, 7), Buffer.alloc(128, 1)]);
    const sent = packetsOf(mjpegPayload.packetizer(format, 1400), frameOf(format, mixed, 9, true));
    expect(data(receive(sent).frames)).toEqual([mixed.toString('hex')]);
  });

  it('a scan with its own end of image gets no second one', () => {
    const whole = Buffer.concat([scan, Buffer.from('ffd9', 'hex')]);
    expect(data(receive(packets(whole, {})).frames)).toEqual([q30.toString('hex')]);
  });

  it('another size is another format', () => {
    const { formats, frames } = receive([
      ...packets(scan, {}, 1),
      ...packets(scan, { width: 40 }, 2),
      ...packets(scan, { width: 40 }, 3),
    ]);
    expect(formats).toEqual([format, mjpegFormat(320, 120)]);
    expect(frames.map((frame) => frame.format)).toEqual([formats[0], formats[1], formats[1]]);
  });

  it.each<[string, (good: Packet[]) => Packet[]]>([
    ['a packet is missing', ([first, , ...rest]) => [first!, { ...rest[0]!, lost: true }, ...rest.slice(1)]],
    ['the first packet is missing', ([, second, ...rest]) => [{ ...second!, lost: true }, ...rest]],
    ['the last packet is missing', (good) => good.slice(0, -1)],
    ['a fragment comes at another offset', ([first, ...rest]) => [first!, ...rest.slice(1)]],
    ['it has no width', (good) => good.map(withByte(6, 0))],
    ['it has no height', (good) => good.map(withByte(7, 0))],
    ['its Q is 0', (good) => good.map(withByte(5, 0))],
    ['its Q is reserved', (good) => good.map(withByte(5, 110))],
    ['its type is dynamic and unknown', (good) => good.map(withByte(4, 128))],
    ['its tables break off', (good) => good.map(withByte(5, 255))],
    ['its time came before', (good) => good.map((one) => ({ ...one, timestamp: 1 }))],
  ])('a picture is dropped, once, and the next one comes: %s', (_name, damage) => {
    const good = packets(scan, {}, 9);
    const before = packets(scan, {}, 1);
    const after = packets(scan, {}, 20);
    const { frames, dropped } = receive([...before, ...damage(good), ...after]);
    expect(frames.map((frame) => frame.pts)).toEqual([1, 20]);
    expect(dropped).toBe(1);
  });

  it('quirk 45: a picture without end is given up', () => {
    const endless = packets(Buffer.alloc(17 * 1024 * 1024), {}, 5, 60_000);
    const { frames, dropped } = receive([...endless.slice(0, -1), ...packets(scan, {}, 6)]);
    expect(frames.map((frame) => frame.pts)).toEqual([6]);
    expect(dropped).toBe(1);
  });
});

function withByte(at: number, value: number): (packet: Packet) => Packet {
  return (packet) => {
    const payload = Buffer.from(packet.payload);
    payload[at] = value;
    return { ...packet, payload };
  };
}

describe('fuzz', () => {
  it('any packets at all: no error, whole pictures', () => {
    const good = [
      ...packets(scanOf(q30), {}, 1, 400),
      ...packets(scanOf(q75), { q: 255, tables: inBand(q75) }, 2),
    ];
    const damaged = fc.tuple(fc.constantFrom(...good), fc.nat(20), fc.nat(255)).map(([one, at, value]) => {
      return withByte(at % one.payload.length, value)(one).payload;
    });
    const random = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes));
    const packet = fc.record({
      payload: fc.oneof(damaged, random),
      marker: fc.boolean(),
      timestamp: fc.nat(4),
      lost: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 10 }), (list) => {
        for (const frame of receive(list).frames) {
          expect(frame.data.toString('hex', 0, 4)).toBe('ffd8ffe0');
          expect(frame.data.subarray(-2).toString('hex')).toBe('ffd9');
          expect(readJpeg(frame.data, 0, frame.data.length)).toBeDefined();
        }
      }),
      { seed: 51, numRuns: 20_000 },
    );
  });
});
