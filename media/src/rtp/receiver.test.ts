import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Depacketizer } from './depacketizer.ts';
import { RTP_HEADER, writeRtpHeader } from './packet.ts';
import { RtpReceiver } from './receiver.ts';

class Log implements Depacketizer {
  readonly dropped = 7;
  readonly seen: string[] = [];

  packet(b: Buffer, start: number, end: number, marker: boolean, timestamp: number, lost: boolean): void {
    const payload = b.toString('latin1', start, end);
    this.seen.push(`${payload}${marker ? '!' : ''}@${timestamp}${lost ? ' lost' : ''}`);
  }
}

function rig(payloadType: number | undefined = 96) {
  const log = new Log();
  const receiver = new RtpReceiver(log, payloadType);
  const send = (
    sequence: number,
    more: { ssrc?: number; type?: number; payload?: string; marker?: boolean } = {},
  ) => {
    const b = Buffer.alloc(100, 0xff);
    const { ssrc = 1, type = 96, payload = 'x', marker = false } = more;
    const at = writeRtpHeader(b, 5, marker, type, sequence & 0xffff, 50, ssrc);
    const end = at + b.write(payload, at, 'latin1');
    receiver.packet(b, 5, end);
  };
  const lost = () => log.seen.map((line) => line.endsWith('lost'));
  return { log, receiver, send, lost };
}

describe('RtpReceiver', () => {
  it('hands the payload in place to the depacketizer and counts', () => {
    const { log, receiver, send } = rig();
    send(9, { payload: 'abc', marker: true });
    send(10, { payload: '' });
    expect(log.seen).toEqual(['abc!@50', '@50']);
    expect(receiver).toMatchObject({ received: 2, lost: 0, ignored: 0, dropped: 7 });
    expect(receiver.bytes).toBe(2 * RTP_HEADER + 3);
  });

  it('sees gaps, over the wrap of 16 bits too, and counts what is missing', () => {
    const { receiver, send, lost } = rig();
    for (const sequence of [0xfffd, 0xfffe, 0x10001, 0x10002, 0x10010]) send(sequence);
    expect(lost()).toEqual([false, false, true, false, true]);
    expect(receiver.lost).toBe(2 + 13);
  });

  it('random gaps add up', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 0xffff }),
        fc.array(fc.integer({ min: 1, max: 0x7fff }), { maxLength: 50 }),
        (first, steps) => {
          const { receiver, send, lost } = rig();
          let at = first;
          send(at);
          for (const step of steps) {
            at += step;
            send(at);
          }
          expect(receiver.lost).toBe(steps.reduce((sum, step) => sum + step - 1, 0));
          expect(lost()).toEqual([false, ...steps.map((step) => step > 1)]);
        },
      ),
      { seed: 30, numRuns: 500 },
    );
  });

  it('a step back is a new beginning, not half the numbers lost', () => {
    const { receiver, send, lost } = rig();
    for (const sequence of [1000, 1001, 5, 6]) send(sequence);
    expect(lost()).toEqual([false, false, true, false]);
    expect(receiver.lost).toBe(0);
  });

  it('quirk 26: packets of another payload type and what is no RTP are ignored', () => {
    const { receiver, send, log } = rig();
    send(1);
    send(2, { type: 50 });
    receiver.packet(Buffer.from('$$$$$$$$$$$$$$'), 0, 14);
    send(2);
    expect(log.seen).toEqual(['x@50', 'x@50']);
    expect(receiver).toMatchObject({ received: 2, ignored: 2, lost: 0 });
  });

  it('quirk 26: packets of another payload type that take numbers of the track are no loss', () => {
    const { receiver, send, lost } = rig();
    send(1);
    send(2, { type: 50 });
    send(3, { type: 50 });
    send(4);
    send(5, { type: 50, ssrc: 9 });
    send(6);
    expect(lost()).toEqual([false, false, true]);
    expect(receiver).toMatchObject({ received: 3, ignored: 3, lost: 1 });
  });

  it('takes every payload type when the SDP names none', () => {
    const log = new Log();
    const receiver = new RtpReceiver(log, undefined);
    const b = Buffer.alloc(RTP_HEADER);
    writeRtpHeader(b, 0, false, 33, 1, 2, 3);
    receiver.packet(b, 0, RTP_HEADER);
    expect(log.seen).toEqual(['@2']);
  });

  it('quirk 30: another SSRC is followed at once, as a new beginning', () => {
    const { receiver, send, lost } = rig();
    expect(receiver.ssrc).toBeUndefined();
    send(100);
    expect(receiver.ssrc).toBe(1);
    send(7, { ssrc: 0xffffffff });
    send(8, { ssrc: 0xffffffff });
    expect(receiver.ssrc).toBe(0xffffffff);
    expect(lost()).toEqual([false, true, false]);
    expect(receiver.lost).toBe(0);
  });

  it('quirk 33: the session before leaks in: the newer source is kept', () => {
    const { receiver, send, log, lost } = rig();
    for (let i = 0; i < 300; i++) {
      send(5000 + i, { ssrc: 1, payload: 'old' });
      if (i > 0) send(i, { ssrc: 2, payload: 'new' });
    }
    expect(log.seen.filter((line) => line.startsWith('new'))).toHaveLength(299);
    expect(log.seen.filter((line) => line.startsWith('old'))).toHaveLength(2);
    expect(lost().filter(Boolean)).toHaveLength(1);
    expect(receiver.ignored).toBe(298);
  });

  it('a source that comes back for good is followed again', () => {
    const { send, log } = rig();
    send(1, { ssrc: 1, payload: 'a' });
    send(1, { ssrc: 2, payload: 'b' });
    for (let i = 0; i < 110; i++) send(10 + i, { ssrc: 1, payload: 'a' });
    expect(log.seen.filter((line) => line.startsWith('a'))).toHaveLength(1 + 11);
  });
});
