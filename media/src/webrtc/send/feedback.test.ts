import { describe, expect, it } from 'vitest';
import { seeded } from '../../testing/index.ts';
import { rtcpFeedback } from '../testing/feed-rig.ts';
import { type FeedbackEvents, readFeedback } from './feedback.ts';

/** Everything that a packet says, as text. */
function read(b: Buffer): { said: string[]; understood: boolean } {
  const said: string[] = [];
  const events: FeedbackEvents = {
    onReport: ({ ssrc, fractionLost, lost, jitter }) =>
      void said.push(`report ${ssrc} ${fractionLost} ${lost} ${jitter}`),
    onNack: (ssrc, sequence) => void said.push(`nack ${ssrc} ${sequence}`),
    onRefresh: (ssrc) => void said.push(`refresh ${ssrc}`),
    onEstimate: (bitrate) => void said.push(`estimate ${bitrate}`),
  };
  return { understood: readFeedback(b, 0, b.length, events), said };
}

const hex = (text: string): Buffer => Buffer.from(text.replace(/ /g, ''), 'hex');
const REPORT = hex('81c90007 00000001 000003e8 40fffffe 00010002 00000064 12345678 00010000');

describe('feedback of a receiver', () => {
  it.each([
    ['a receiver report', REPORT, ['report 1000 0.25 -2 100']],
    ['a PLI', rtcpFeedback(206, 1, 1000), ['refresh 1000']],
    [
      'a FIR',
      rtcpFeedback(206, 4, 0, hex('000003e8 01000000 000003e9 02000000')),
      ['refresh 1000', 'refresh 1001'],
    ],
    [
      'a NACK',
      rtcpFeedback(205, 1, 1000, hex('ffff 0005')),
      ['nack 1000 65535', 'nack 1000 0', 'nack 1000 2'],
    ],
    ['a REMB', rtcpFeedback(206, 15, 0, hex('52454d42 01 0bffff 000003e8')), ['estimate 1048572']],
    ['another application', rtcpFeedback(206, 15, 0, hex('41414141 01 0bffff 000003e8')), []],
    ['transport-wide feedback', rtcpFeedback(205, 15, 1000, hex('00010001 00000100 20010000')), []],
    ['a goodbye', hex('81cb0001 00000001'), []],
    [
      'two in one',
      Buffer.concat([REPORT, rtcpFeedback(206, 1, 5)]),
      ['report 1000 0.25 -2 100', 'refresh 5'],
    ],
  ])('is read from %s', (_what, packet, said) => {
    expect(read(packet)).toEqual({ said, understood: true });
  });

  it.each([
    ['a wrong version', hex('41c90001 00000001')],
    ['a length beyond the packet', hex('80c90007 00000001')],
    ['three bytes', hex('80c900')],
  ])('of %s is not understood', (_what, packet) => {
    expect(read(packet)).toEqual({ said: [], understood: false });
  });

  it('counts no more reports than there are', () => {
    const lying = Buffer.from(REPORT);
    lying[0] = 0x9f;
    expect(read(lying).said).toHaveLength(1);
  });

  it('of 100,000 random packets never reads beyond them', () => {
    const random = seeded(11);
    let understood = 0;
    for (let round = 0; round < 100_000; round++) {
      const b = Buffer.alloc(4 + Math.floor(random() * 60));
      for (let at = 0; at < b.length; at++) b[at] = Math.floor(random() * 256);
      b[0] = 0x80 | (b[0]! & 31);
      b[1] = 200 + Math.floor(random() * 8);
      b.writeUInt16BE(Math.floor(random() * 16), 2);
      if (read(b).understood) understood++;
    }
    expect(understood).toBeGreaterThan(1000);
  });
});
