import { describe, expect, it } from 'vitest';
import { Reception, writeReport } from './reception.ts';

const CLOCK_RATE = 90_000;

/** Packets 40 ms apart on both clocks. */
function receive(reception: Reception, sequences: readonly number[]): void {
  for (const [index, sequence] of sequences.entries()) reception.packet(sequence, index * 3600, index * 40);
}

describe('Reception', () => {
  it.each<[string, number[], { lost: number; fractionLost: number; highest: number }]>([
    ['all there', [10, 11, 12, 13], { lost: 0, fractionLost: 0, highest: 13 }],
    ['one of four lost', [10, 11, 13], { lost: 1, fractionLost: 64, highest: 13 }],
    ['half lost', [10, 12, 14, 16, 17], { lost: 3, fractionLost: 96, highest: 17 }],
    ['out of order', [10, 12, 11, 13], { lost: 0, fractionLost: 0, highest: 13 }],
    ['twice counts against losses', [10, 10, 11, 11], { lost: -2, fractionLost: 0, highest: 11 }],
    ['over the wrap', [0xfffe, 0xffff, 0, 2], { lost: 1, fractionLost: 51, highest: 0x10002 }],
    ['a stray number', [10, 11, 30_000, 12], { lost: 0, fractionLost: 0, highest: 12 }],
    ['begun again', [10, 11, 30_000, 30_001, 30_002], { lost: 0, fractionLost: 0, highest: 30_002 }],
  ])('RFC 3550 A.3: %s', (_, sequences, expected) => {
    const reception = new Reception(7, CLOCK_RATE);
    receive(reception, sequences);
    expect(reception.block(0)).toMatchObject({ ssrc: 7, ...expected });
  });

  it('the fraction is of the interval, the sum of everything', () => {
    const reception = new Reception(7, CLOCK_RATE);
    receive(reception, [1, 3]);
    expect(reception.block(0)).toMatchObject({ lost: 1, fractionLost: 85 });
    receive(reception, [4, 5]);
    expect(reception.block(0)).toMatchObject({ lost: 1, fractionLost: 0 });
    expect(reception.block(0)).toMatchObject({ lost: 1, fractionLost: 0 });
  });

  it('RFC 3550 A.8: jitter of arrivals 10 ms early and late by turns', () => {
    const steady = new Reception(7, CLOCK_RATE);
    receive(steady, [1, 2, 3, 4, 5]);
    expect(steady.block(0)?.jitter).toBe(0);
    const uneven = new Reception(7, CLOCK_RATE);
    let expected = 0;
    for (let index = 0; index < 200; index++) {
      uneven.packet(index, index * 3600, index * 40 + (index % 2 === 0 ? 0 : 10));
      if (index > 0) expected += (900 - expected) / 16;
    }
    expect(uneven.block(0)?.jitter).toBe(Math.floor(expected));
    expect(expected).toBeGreaterThan(890);
  });

  it('jitter goes on over the wrap of the time stamps', () => {
    const reception = new Reception(7, CLOCK_RATE);
    const start = 2 ** 32 - 3600;
    for (let i = 0; i < 4; i++) reception.packet(i, (start + i * 3600) % 2 ** 32, 1e6 + i * 40);
    expect(reception.block(0)?.jitter).toBe(0);
  });

  it('names the last sender report and how long ago it came', () => {
    const reception = new Reception(7, CLOCK_RATE);
    reception.packet(1, 0, 0);
    expect(reception.block(500)).toMatchObject({ lastReport: 0, delay: 0 });
    // NTP 0xEE6A_5F00.8000_0000, of which the middle is 0x5F00_8000.
    reception.senderReport(0xee6a_5f00 - 2_208_988_800 + 0.5, 1000);
    expect(reception.block(3500)).toMatchObject({ lastReport: 0x5f00_8000, delay: 2.5 * 65536 });
  });

  it('says nothing before the first packet', () => {
    expect(new Reception(7, CLOCK_RATE).block(0)).toBeUndefined();
  });
});

describe('writeReport', () => {
  it('RFC 3550 6.4.2 and 6.5: a report with its CNAME, every field at its place', () => {
    const block = {
      ssrc: 0x01020304,
      fractionLost: 0x11,
      lost: -2,
      highest: 0x00015678,
      jitter: 0x21222324,
      lastReport: 0x31323334,
      delay: 0x41424344,
    };
    expect(writeReport(0xdeadbeef, 'ab', block).toString('hex')).toBe(
      ['81c90007', 'deadbeef', '01020304', '11fffffe', '00015678', '21222324', '31323334', '41424344']
        .concat(['81ca0003', 'deadbeef', '01026162', '00000000'])
        .join(''),
    );
    expect(writeReport(0xdeadbeef, 'abcdef', undefined).toString('hex')).toBe(
      ['80c90001', 'deadbeef', '81ca0004', 'deadbeef', '01066162', '63646566', '00000000'].join(''),
    );
  });
});
