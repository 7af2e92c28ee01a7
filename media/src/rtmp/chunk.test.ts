import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { flvFraming, TAG } from '../flv/index.ts';
import { eachAggregated } from './aggregate.ts';
import { ChunkReader } from './chunk-reader.ts';
import { writeChunks } from './chunk-writer.ts';
import { RtmpError } from './errors.ts';
import { MESSAGE } from './message.ts';

type Message = [type: number, streamId: number, timestamp: number, body: string];

const NOTHING = Buffer.alloc(0);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function world(): { reader: ChunkReader; messages: Message[] } {
  const messages: Message[] = [];
  const reader = new ChunkReader({
    message: (type, streamId, timestamp, b, start, end) =>
      void messages.push([type, streamId, timestamp, b.toString('hex', start, end)]),
  });
  return { reader, messages };
}

function chunks(message: Message, chunkSize: number, chunkStream = 6): Buffer {
  const [type, streamId, timestamp, text] = message;
  const body = Buffer.from(text, 'hex');
  return writeChunks(
    { chunkStream, streamId, type, timestamp, chunkSize },
    body.subarray(0, 1),
    body,
    Math.min(1, body.length),
    body.length,
  );
}

/** Gives the bytes in lent pieces of `size`. */
function feed(reader: ChunkReader, bytes: Buffer, size: number): void {
  for (let at = 0; at < bytes.length; at += size) {
    const lent = Buffer.from(bytes.subarray(at, at + size));
    reader.read(lent);
    lent.fill(0xee);
  }
}

const chunkSize = (size: number): Buffer => {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(size);
  return chunks([MESSAGE.setChunkSize, 0, 0, body.toString('hex')], 128, 2);
};

describe('chunks', () => {
  const messages: Message[] = [
    [20, 0, 0, '0200'],
    [9, 1, 40, 'ab'.repeat(1000)],
    [8, 1, 0xfffffe, 'cd'.repeat(300)],
    [9, 1, 0xffffff, 'ef'.repeat(700)],
    [9, 1, 0xffffffff, '01'.repeat(129)],
    [9, 1, 0, ''],
  ];

  it.each([1, 2, 127, 128, 129, 4096, 65_536])('of %i bytes carry all messages, cut anywhere', (size) => {
    const bytes = Buffer.concat([chunkSize(size), ...messages.map((each) => chunks(each, size))]);
    for (const piece of [1, 3, 11, 17, 18, 19, 127, 4096, bytes.length]) {
      const { reader, messages: read } = world();
      feed(reader, bytes, piece);
      expect(read).toEqual(messages);
    }
  });

  it('of several messages come between each other', () => {
    const { reader, messages: read } = world();
    const one = chunks([9, 1, 10, 'aa'.repeat(200)], 128, 6);
    const other = chunks([8, 1, 20, 'bb'.repeat(200)], 128, 4);
    const [cutOne, cutOther] = [12 + 128, 12 + 128];
    reader.read(
      Buffer.concat([
        one.subarray(0, cutOne),
        other.subarray(0, cutOther),
        one.subarray(cutOne),
        other.subarray(cutOther),
      ]),
    );
    expect(read.map(([type]) => type)).toEqual([9, 8]);
    expect(read[0]![3]).toBe('aa'.repeat(200));
  });

  it('headers leave out what is as before: type 1, 2 and 3', () => {
    const { reader, messages: read } = world();
    reader.read(hex('06 000010 000002 09 01000000 aaaa'));
    reader.read(hex('46 000005 000001 08 bb'));
    reader.read(hex('86 000007 cc'));
    reader.read(hex('c6 dd'));
    reader.read(hex('c6 ee'));
    expect(read).toEqual([
      [9, 1, 16, 'aaaa'],
      [8, 1, 21, 'bb'],
      [8, 1, 28, 'cc'],
      [8, 1, 35, 'dd'],
      [8, 1, 42, 'ee'],
    ]);
  });

  it.each([
    ['2 bytes', '00 05', 69],
    ['3 bytes', '01 0501', 325],
  ])('stream ids of %s', (_name, basic) => {
    const { reader, messages: read } = world();
    feed(reader, hex(`${basic} 000010 000001 09 01000000 aa`), 1);
    const again = basic.replace(/^0/, 'c');
    feed(reader, hex(`${again} bb`), 1);
    expect(read.map(([, , , body]) => body)).toEqual(['aa', 'bb']);
  });

  it('quirk 60: a type 3 chunk repeats an extended time stamp, or does not', () => {
    const body = 'aa'.repeat(200);
    const head = `06 ffffff 0000c8 09 01000000 01000000 ${'aa'.repeat(128)}`;
    for (const between of ['c6 01000000', 'c6']) {
      for (const piece of [1, 5, 1000]) {
        const { reader, messages: read } = world();
        feed(reader, hex(`${head} ${between} ${'aa'.repeat(72)}`), piece);
        feed(reader, hex('04 000010 000001 08 01000000 bb'), piece);
        expect(read).toEqual([
          [9, 1, 0x1000000, body],
          [8, 1, 16, 'bb'],
        ]);
      }
    }
  });

  it('quirk 60: a last chunk shorter than the time stamp it leaves out', () => {
    const { reader, messages: read } = world();
    const head = `06 ffffff 000082 09 01000000 01000000 ${'aa'.repeat(128)}`;
    feed(reader, hex(`${head} c6 bbbb 04 000010 000001 08 01000000 cc`), 1);
    expect(read).toEqual([
      [9, 1, 0x1000000, `${'aa'.repeat(128)}bbbb`],
      [8, 1, 16, 'cc'],
    ]);
  });

  it('quirk 60: times wrap at 2^32', () => {
    const { reader, messages: read } = world();
    reader.read(hex('06 ffffff 000001 09 01000000 fffffff0 aa'));
    reader.read(hex('86 000020 bb'));
    expect(read.map(([, , timestamp]) => timestamp)).toEqual([0xfffffff0, 0x10]);
  });

  it('an abort throws away what was begun', () => {
    const { reader, messages: read } = world();
    reader.read(hex(`06 000010 0000c8 09 01000000 ${'aa'.repeat(128)}`));
    reader.read(hex('02 000000 000004 02 00000000 00000006'));
    reader.read(hex('06 000020 000001 09 01000000 bb'));
    expect(read).toEqual([[9, 1, 32, 'bb']]);
  });

  it.each([
    ['chunks of no bytes', '02 000000 000004 01 00000000 00000000', 'no bytes'],
    ['a stream that begins with nothing', 'c6 aa', 'begins with nothing'],
    ['a time without a message', '86 000001', 'begins with nothing'],
  ])('refuse %s', (_name, bytes, message) => {
    expect(() => feed(world().reader, hex(bytes), 1)).toThrow(message);
    expect(() => feed(world().reader, hex(bytes), 1)).toThrow(RtmpError);
  });

  it('refuse more streams than anybody needs', () => {
    const { reader } = world();
    const open = (id: number): void =>
      reader.read(Buffer.concat([Buffer.from([0, id - 64]), hex('000010 000002 09 01000000 aa')]));
    // Each is left in the middle of a message, which the next header interrupts.
    expect(() => {
      for (let id = 64; id < 200; id++) {
        open(id);
        reader.read(hex('bb'));
      }
    }).toThrow('too many');
  });

  it('refuse a message of more than a stranger may send, before it came', () => {
    const { reader } = world();
    reader.maxMessage = 1000;
    expect(() => reader.read(hex('06 000010 0003e9 14 00000000'))).toThrow('1001 bytes');
  });

  it('take no more than is sent, whatever is declared', () => {
    const { reader } = world();
    for (let id = 3; id < 60; id++) {
      reader.read(Buffer.concat([Buffer.from([id]), hex('000010 ffffff 09 01000000'), Buffer.alloc(128)]));
    }
    const before = process.memoryUsage();
    expect(before.arrayBuffers + before.external).toBeLessThan(300e6);
  });
});

describe('an aggregate', () => {
  const tag = (type: number, time: number, body: string): Buffer => {
    const bytes = Buffer.from(body, 'hex');
    return flvFraming(type, time, NOTHING, bytes, 0, bytes.length);
  };
  const taken: [number, number, string][] = [];
  const sink = {
    tag: (type: number, time: number, b: Buffer, start: number, end: number) =>
      void taken.push([type, time, b.toString('hex', start, end)]),
  };

  it('is handed on in parts, whose times count from its own', () => {
    const bytes = Buffer.concat([tag(TAG.video, 1000, 'aa'), tag(TAG.audio, 1023, 'bb')]);
    eachAggregated(0xfffffff0, bytes, 0, bytes.length, sink);
    expect(taken.splice(0)).toEqual([
      [9, 0xfffffff0, 'aa'],
      [8, 7, 'bb'],
    ]);
  });

  it('that ends too early is malformed', () => {
    const bytes = tag(TAG.video, 0, 'aa'.repeat(20));
    expect(() => eachAggregated(0, bytes, 0, 20, sink)).toThrow(MalformedError);
    expect(() => eachAggregated(0, bytes, 0, 5, sink)).toThrow(MalformedError);
  });
});

it('100,000 generated inputs: messages or RtmpError, at whatever cut', () => {
  const start = fc.constantFrom(0x02, 0x03, 0x06, 0x46, 0x86, 0xc6, 0x00, 0x01, 0xc2, 0xff);
  const bytes = fc.array(fc.oneof(start, fc.constantFrom(0, 0xff, 1, 4), fc.nat(255)), { maxLength: 60 });
  const valid = chunks([9, 1, 0xffffff, 'aa'.repeat(20)], 10);
  let read = 0;
  fc.assert(
    fc.property(bytes, fc.nat(70), fc.boolean(), (values, cut, prefixed) => {
      const { reader, messages } = world();
      const input = Buffer.from(prefixed ? [...valid, ...values] : values);
      try {
        reader.read(input, 0, Math.min(cut, input.length));
        if (cut < input.length) reader.read(input, cut);
      } catch (error) {
        if (!(error instanceof RtmpError)) throw error;
      }
      read += messages.length;
    }),
    { seed: 64, numRuns: 100_000 },
  );
  expect(read).toBeGreaterThan(10_000);
});
