import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { opusFormat, pcmFormat, pcmu } from '../../codecs/index.ts';
import { opusPayload } from './opus.ts';
import { deliver, Exchange, frameOf, type Packet, packetsOf } from './testing/exchange.ts';

const format = opusFormat(2);

function receive(packets: readonly Packet[]) {
  const exchange = new Exchange();
  const depacketizer = opusPayload.depacketizer(exchange.options(format));
  deliver(depacketizer, packets);
  return { frames: exchange.frames, dropped: depacketizer.dropped };
}

describe('Opus over RTP', () => {
  it('any packet goes through both directions whole, however large, without marker', () => {
    const toc = fc.nat(255).filter((byte) => (byte & 3) !== 3);
    fc.assert(
      fc.property(toc, fc.uint8Array({ maxLength: 2000 }), fc.nat(2 ** 32 - 1), (first, rest, pts) => {
        const data = Buffer.from([first, ...rest]);
        const packets = packetsOf(opusPayload.packetizer(format), frameOf(format, data, pts, true));
        expect(packets).toEqual([{ payload: data, marker: false, timestamp: pts }]);
        expect(receive(packets).frames).toMatchObject([{ data, pts, dts: pts, key: true }]);
      }),
      { seed: 45, numRuns: 1000 },
    );
  });

  it('drops what is no packet and what comes twice', () => {
    const packets = [[252, 1], [255, 0], [], [252, 2], [252, 3]].map((bytes, i) => ({
      payload: Buffer.from(bytes),
      marker: false,
      timestamp: [0, 960, 1920, 0, 2880][i]!,
    }));
    const { frames, dropped } = receive(packets);
    expect(frames.map((frame) => frame.pts)).toEqual([0, 2880]);
    expect(dropped).toBe(2);
  });

  it('refuses formats of another codec', () => {
    const other = pcmFormat(pcmu, 8000, 1);
    expect(() => opusPayload.packetizer(other)).toThrow(TypeError);
    expect(() => opusPayload.depacketizer(new Exchange().options(other))).toThrow(TypeError);
    expect(() => opusPayload.depacketizer(new Exchange().options())).toThrow(TypeError);
  });

  it('takes any packets without an error', () => {
    const any = fc.record({
      payload: fc.uint8Array({ maxLength: 10 }).map((bytes) => Buffer.from(bytes)),
      marker: fc.boolean(),
      timestamp: fc.nat(1000),
      lost: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), (packets) => {
        const { frames } = receive(packets);
        const times = frames.map((frame) => frame.dts);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      }),
      { seed: 46, numRuns: 20_000 },
    );
  });
});
