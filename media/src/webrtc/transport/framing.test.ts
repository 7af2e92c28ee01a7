import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../bytes/index.ts';
import { memory } from '../../testing/fuzz/index.ts';
import { type Datagram, together } from '../srtp/index.ts';
import { kindOf } from './datagram-kind.ts';
import { FrameReader, framed, framedBytes, writeFrames } from './framing.ts';

/** All of them as one write. */
function frames(datagrams: readonly Datagram[]): Buffer {
  const packets = together(datagrams);
  const b = Buffer.alloc(framedBytes(packets));
  writeFrames(b, packets);
  return b;
}

describe('frames on TCP', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 60 }),
        (payloads, cuts) => {
          const wire = frames(payloads.map((payload) => [Buffer.from(payload)]));
          const read: Buffer[] = [];
          const reader = new FrameReader((b) => read.push(Buffer.from(b)));
          for (let at = 0, i = 0; at < wire.length; i++) {
            const end = Math.min(wire.length, at + cuts[i % cuts.length]!);
            reader.push(wire.subarray(at, end));
            at = end;
          }
          expect(read).toEqual(payloads.map((payload) => Buffer.from(payload)));
        },
      ),
      { seed: 10, numRuns: 2_000 },
    );
  });

  it('are written from parts in one piece', () => {
    const datagrams = [[Buffer.from('ab'), Buffer.from('c')], [Buffer.from('d')]];
    expect(frames(datagrams).toString('hex')).toBe('0003616263000164');
    expect(Buffer.concat(datagrams.map(framed)).toString('hex')).toBe('0003616263000164');
  });

  it('that are empty are passed over', () => {
    const read: string[] = [];
    new FrameReader((b) => read.push(b.toString())).push(Buffer.from('0000000161', 'hex'));
    expect(read).toEqual(['a']);
  });

  it('survive 100,000 chunks with MalformedError alone, holding one frame at most', () => {
    let reader = new FrameReader(() => undefined);
    let broken = 0;
    const before = memory();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, small) => {
        const b = Buffer.from(bytes);
        if (small && b.length > 0) b[0] = 0;
        try {
          reader.push(b);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
          broken++;
          reader = new FrameReader(() => undefined);
        }
      }),
      { seed: 11, numRuns: 100_000 },
    );
    expect(broken).toBeGreaterThan(100);
    expect(memory() - before).toBeLessThan(64 * 1024 * 1024);
  });
});

it.each([
  [0, 1, 'stun'],
  [3, 0, 'stun'],
  [4, 0, undefined],
  [19, 0, undefined],
  [20, 254, 'dtls'],
  [63, 254, 'dtls'],
  [64, 0, undefined],
  [127, 0, undefined],
  [128, 96, 'rtp'],
  [128, 96 + 128, 'rtp'],
  [191, 191, 'rtp'],
  [129, 192, 'rtcp'],
  [128, 200, 'rtcp'],
  [128, 223, 'rtcp'],
  [192, 200, undefined],
  [255, 255, undefined],
])('a datagram that begins with %i, %i is %s', (first, second, kind) => {
  expect(kindOf(Buffer.from([first, second]))).toBe(kind);
  expect(kindOf(Buffer.from([first]))).toBeUndefined();
});
