import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRtcp, writeSenderReport } from '../../rtp/index.ts';
import { FakeClock } from '../../testing/index.ts';
import { readFeedback } from '../send/feedback.ts';
import type { IncomingFormat } from './index.ts';
import { MediaReceiver } from './index.ts';
import { estimate, nack, pictureLoss } from './reports.ts';

const VIDEO: IncomingFormat = {
  kind: 'video',
  payloadType: 96,
  clockRate: 90_000,
  rtx: 97,
  nack: true,
  pli: true,
};
const AUDIO: IncomingFormat = {
  kind: 'audio',
  payloadType: 111,
  clockRate: 48_000,
  rtx: undefined,
  nack: false,
  pli: false,
};
const OURS = 0x0badcafe;

function packet(
  sequence: number,
  more: { type?: number; ssrc?: number; body?: string; timestamp?: number } = {},
) {
  const b = Buffer.alloc(12);
  b[0] = 0x80;
  b[1] = more.type ?? 96;
  b.writeUInt16BE(sequence & 0xffff, 2);
  b.writeUInt32BE(more.timestamp ?? 0, 4);
  b.writeUInt32BE(more.ssrc ?? 7, 8);
  return Buffer.concat([b, Buffer.from(more.body ?? `p${sequence & 0xffff}`)]);
}

/** The packet sent again: its own numbering, the original number in front of the payload. */
function again(sequence: number, rtxSequence = 500): Buffer {
  const original = Buffer.alloc(2);
  original.writeUInt16BE(sequence & 0xffff);
  const b = packet(rtxSequence, { type: 97, ssrc: 8, body: '' });
  return Buffer.concat([b, original, Buffer.from(`p${sequence & 0xffff}`)]);
}

function receiver() {
  const clock = new FakeClock();
  const got: string[] = [];
  const reports: [number, number][] = [];
  const said = { nacks: [] as number[], refreshes: 0, estimates: [] as number[], blocks: [] as object[] };
  const made = new MediaReceiver({
    clock,
    ssrc: OURS,
    cname: 'us',
    tracks: [VIDEO, AUDIO],
    transport: {
      sendRtcp: (b) => {
        const understood = readFeedback(b, 0, b.length, {
          onNack: (_, sequence) => said.nacks.push(sequence),
          onRefresh: () => {
            said.refreshes++;
          },
          onEstimate: (bitrate) => said.estimates.push(bitrate),
          onReport: (block) => said.blocks.push(block),
        });
        expect(understood).toBe(true);
      },
    },
    onRtp: (track, b) => got.push(`${track}:${b.readUInt16BE(2)}:${b.toString('latin1', 12)}`),
    onReport: (track, b) => reports.push([track, readRtcp(b, 0, b.length).report!.timestamp]),
  });
  made.start();
  return { clock, got, said, reports, receiver: made };
}

const video = (...sequences: number[]): string[] => sequences.map((one) => `0:${one}:p${one}`);

describe('packets', () => {
  it('in order pass at once, over the wrap of their numbers', () => {
    const { receiver: r, got } = receiver();
    for (let i = 65_533; i < 65_540; i++) r.rtp(packet(i));
    expect(got).toEqual(video(65_533, 65_534, 65_535, 0, 1, 2, 3));
  });

  it('that overtook each other are put in order without asking for any', () => {
    const { receiver: r, got, said, clock } = receiver();
    for (const sequence of [1, 3, 2, 6, 5, 4, 7]) r.rtp(packet(sequence));
    clock.advance(500);
    expect(got).toEqual(video(1, 2, 3, 4, 5, 6, 7));
    expect(said.nacks).toEqual([]);
  });

  it('that are lost are asked for, and come by repair', () => {
    const { receiver: r, got, said, clock } = receiver();
    for (const sequence of [65_534, 1, 2, 5]) r.rtp(packet(sequence));
    clock.advance(9);
    expect(said.nacks).toEqual([]);
    clock.advance(1);
    expect(said.nacks).toEqual([65_535, 0, 3, 4]);
    for (const sequence of [65_535, 0, 4, 3]) r.rtp(again(sequence));
    expect(got).toEqual(video(65_534, 65_535, 0, 1, 2, 3, 4, 5));
    expect(r.figures).toMatchObject({ repaired: 4, lost: 0 });
    clock.advance(500);
    expect(said).toMatchObject({ nacks: [65_535, 0, 3, 4], refreshes: 0 });
  });

  it('that do not come are asked for again, then given up for a key frame', () => {
    const { receiver: r, got, said, clock } = receiver();
    r.rtp(packet(1));
    r.rtp(packet(3));
    clock.advance(299);
    expect(said.nacks).toEqual([2, 2, 2, 2, 2]);
    expect(got).toEqual(video(1));
    clock.advance(1);
    expect(got).toEqual(video(1, 3));
    expect(said.refreshes).toBe(1);
    expect(r.figures).toMatchObject({ lost: 1 });
    r.rtp(again(2));
    expect(got).toEqual(video(1, 3));
  });

  it('of sound are not asked for, and waited for only shortly', () => {
    const { receiver: r, got, said, clock } = receiver();
    r.rtp(packet(1, { type: 111, ssrc: 9 }));
    r.rtp(packet(3, { type: 111, ssrc: 9 }));
    clock.advance(60);
    expect(got).toEqual(['1:1:p1', '1:3:p3']);
    expect(said).toMatchObject({ nacks: [], refreshes: 0 });
  });

  it('of another source begin anew; what was not negotiated is passed over', () => {
    const { receiver: r, got, clock, said } = receiver();
    r.rtp(packet(1));
    r.rtp(packet(40_000, { ssrc: 77 }));
    r.rtp(packet(40_001, { ssrc: 77 }));
    r.rtp(packet(5, { type: 100 }));
    r.rtp(Buffer.from([0x80, 96, 0]));
    clock.advance(400);
    expect(got).toEqual(video(1, 40_000, 40_001));
    expect(said.nacks).toEqual([]);
  });

  it('sent again with padding, marker and extension come out as they were', () => {
    const { receiver: r, got, clock } = receiver();
    r.rtp(packet(1));
    r.rtp(packet(3));
    const extension = Buffer.from([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
    const b = packet(500, { type: 97 | 128, ssrc: 8, body: '' });
    b[0] = 0x80 | 0x20 | 0x10;
    r.rtp(Buffer.concat([b, extension, Buffer.from([0, 2]), Buffer.from('body'), Buffer.from([0, 0, 3])]));
    expect(got[1]).toBe(`0:2:${extension.toString('latin1')}body`);
    // Padding alone, and packets before the first of their source, are no repair.
    const padding = packet(501, { type: 97, ssrc: 8, body: '\0\0\0\u0004' });
    padding[0] = 0xa0;
    r.rtp(padding);
    const fresh = receiver();
    fresh.receiver.rtp(again(1));
    expect(fresh.got).toEqual([]);
    clock.advance(500);
    expect(got).toHaveLength(3);
  });

  it('survive a path that loses, doubles and turns round: everything repaired, in order', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { numbers, figures } = roughPath(seed);
      expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
      expect(numbers.at(-1)).toBeGreaterThan(390);
      expect(figures.lost).toBe(0);
      expect(figures.repaired).toBeGreaterThan(20);
    }
  });

  it('of any content throw nothing and hold little', () => {
    const { receiver: r, clock } = receiver();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 2, maxLength: 40 }),
        fc.constantFrom(96, 97, 111, 200, 205),
        (bytes, type) => {
          const b = Buffer.from(bytes);
          b[0] = 0x80 | (b[0]! & 0x3f);
          b[1] = type;
          r.rtp(b);
          r.rtcp(b, 0, b.length);
          clock.advance(1);
        },
      ),
      { seed: 13, numRuns: 100_000 },
    );
    r.close();
    expect(clock.pending).toBe(0);
  });
});

describe('key frames', () => {
  it('are asked for at most every 500 ms, and only once there is a picture', () => {
    const { receiver: r, said, clock } = receiver();
    r.refresh();
    expect(said.refreshes).toBe(0);
    r.rtp(packet(1));
    for (let i = 0; i < 10; i++) {
      r.refresh();
      clock.advance(100);
    }
    expect(said.refreshes).toBe(2);
  });
});

describe('reports', () => {
  it('tell every second what came, when the last report of the sender was, and what may be sent', () => {
    const { receiver: r, said, clock, reports } = receiver();
    for (const sequence of [1, 2, 4]) r.rtp(packet(sequence));
    r.rtp(packet(9, { type: 111, ssrc: 9 }));
    clock.advance(500);
    const report = writeSenderReport({ ssrc: 7, timestamp: 1234, packets: 3, octets: 6 }, 1_500, 'them');
    r.rtcp(report, 0, report.length);
    expect(reports).toEqual([[0, 1234]]);
    clock.advance(500);
    expect(said.estimates).toEqual([20_000_000]);
    expect(said.blocks).toMatchObject([
      { ssrc: 9, fractionLost: 0, lost: 0, lastReport: 0 },
      {
        ssrc: 7,
        fractionLost: 0.25,
        lost: 1,
        lastReport: (2_208_988_801 * 65_536 + 32_768) % 2 ** 32,
        delay: 32_768,
      },
    ]);
  });

  it('are not made before anything came', () => {
    const { said, clock } = receiver();
    clock.advance(5_000);
    expect(said.blocks).toEqual([]);
  });
});

describe('feedback as it goes on the wire', () => {
  it('names packets by first and mask (RFC 4585 6.2.1)', () => {
    expect(nack(1, 2, [5, 6, 21, 22, 65_535, 0]).toString('hex')).toBe(
      '81cd0005' + '00000001' + '00000002' + '00058001' + '00160000' + 'ffff0001',
    );
  });

  it('asks for a key frame (RFC 4585 6.3.1)', () => {
    expect(pictureLoss(1, 2).toString('hex')).toBe('81ce00020000000100000002');
  });

  it.each([0, 1, 262_143, 262_144, 1_000_000, 20_000_000, 2 ** 40])('estimates %i bit/s', (bitrate) => {
    const b = estimate(1, bitrate, [3, 4]);
    const seen: number[] = [];
    const nothing = () => undefined;
    readFeedback(b, 0, b.length, {
      onEstimate: (one) => seen.push(one),
      onNack: nothing,
      onRefresh: nothing,
      onReport: nothing,
    });
    expect(seen[0]! / Math.max(1, bitrate)).toBeCloseTo(bitrate === 0 ? 0 : 1, 4);
  });
});

/** 400 packets over a path that loses a tenth, repairs too, doubles a tenth and delays; the numbers that come out. */
function roughPath(seed: number) {
  const random = prandom(seed);
  const { receiver: r, got, said, clock } = receiver();
  let answered = 0;
  let flying: { due: number; b: Buffer }[] = [];
  const send = (due: number, b: Buffer): void => {
    if (random() >= 0.1) flying.push({ due: due + Math.floor(random() * 5), b });
    if (random() < 0.1) flying.push({ due: due + 3, b: Buffer.from(b) });
  };
  const step = (now: number): void => {
    for (const { b } of flying.filter(({ due }) => due <= now)) r.rtp(b);
    flying = flying.filter(({ due }) => due > now);
    clock.advance(3);
    for (; answered < said.nacks.length; answered++) send(now, again(said.nacks[answered]!, answered));
  };
  for (let now = 0; now < 600; now++) {
    if (now < 400) send(now, packet(now));
    step(now);
  }
  return { numbers: got.map((one) => Number(one.split(':')[1])), figures: r.figures };
}

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
function prandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
