import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { FlvReader, flvFileHeader, flvFraming } from './index.ts';

type Tag = [type: number, timestamp: number, body: string];

const NOTHING = Buffer.alloc(0);
const TAGS: Tag[] = [
  [18, 0, '0200'],
  [9, 0xffffffff, 'aa'.repeat(5000)],
  [8, 33, ''],
  [9, 66, '00'],
];

function bytesOf(tags: readonly Tag[]): Buffer {
  const framed = tags.map(([type, timestamp, body]) => {
    const bytes = Buffer.from(body, 'hex');
    return flvFraming(type, timestamp, NOTHING, bytes, 0, bytes.length);
  });
  return Buffer.concat([flvFileHeader([]), ...framed]);
}

function reader(): { read: FlvReader; tags: Tag[] } {
  const tags: Tag[] = [];
  const read = new FlvReader({
    tag: (type, timestamp, b, start, end) => void tags.push([type, timestamp, b.toString('hex', start, end)]),
  });
  return { read, tags };
}

describe('FlvReader', () => {
  it('reads what the framing wrote, cut anywhere', () => {
    const bytes = bytesOf(TAGS);
    for (const size of [1, 2, 7, 11, 15, 16, 100, 4096, bytes.length]) {
      const { read, tags } = reader();
      for (let at = 0; at < bytes.length; at += size) {
        // A read buffer is lent: what it holds afterwards is something else.
        const lent = Buffer.from(bytes.subarray(at, at + size));
        read.read(lent);
        lent.fill(0xee);
      }
      expect(tags).toEqual(TAGS);
    }
  });

  it('passes over a longer file header', () => {
    const { read, tags } = reader();
    const bytes = bytesOf([TAGS[0]!]);
    bytes[8] = 12;
    read.read(Buffer.concat([bytes.subarray(0, 9), Buffer.alloc(3), bytes.subarray(9)]));
    expect(tags).toEqual([TAGS[0]]);
  });

  it.each([
    ['no FLV', 'GET / HTTP/1.1\r\n'],
    ['a header of 4 GB', 'FLV\x01\x05\xff\xff\xff\xff0000'],
  ])('refuses %s', (_name, text) => {
    expect(() => reader().read.read(Buffer.from(text, 'latin1'))).toThrow(MalformedError);
  });

  it('refuses a tag of an unknown type', () => {
    const bytes = bytesOf([TAGS[0]!]);
    bytes[13] = 7;
    expect(() => reader().read.read(bytes)).toThrow('type 7');
  });

  it('100,000 generated streams: tags or MalformedError', () => {
    const whole = bytesOf(TAGS.filter(([, , body]) => body.length < 100));
    let tags = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(whole.length),
        (changes, cut) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          const one = reader();
          try {
            one.read.read(bytes, 0, cut);
            one.read.read(bytes, cut);
          } catch (error) {
            if (!(error instanceof MalformedError)) throw error;
          }
          tags += one.tags.length;
        },
      ),
      { seed: 63, numRuns: 100_000 },
    );
    expect(tags).toBeGreaterThan(100_000);
  });
});
