import { expect, it, vi } from 'vitest';
import { av1Format } from '../../codecs/index.ts';
import { FUZZ_LIMIT_MS, fuzz } from '../../testing/fuzz/index.ts';
import { av1Payload } from './av1.ts';
import { Exchange, frameOf, packetsOf } from './testing/exchange.ts';

vi.setConfig({ testTimeout: FUZZ_LIMIT_MS });

/** As libaom writes it for 320 x 240. */
const SEQUENCE = Buffer.from('0a0b000000043cffbcdaf90040', 'hex');

it('100,000 payloads of AV1 are read or given up, at once and with flat memory', () => {
  const frame = Buffer.concat([Buffer.from([0x32, 0x80, 0x04, 0x10]), Buffer.alloc(511, 0x55)]);
  const unit = Buffer.concat([SEQUENCE, frame]);
  const format = av1Format(SEQUENCE);
  const packets = packetsOf(av1Payload.packetizer(format, 200), frameOf(format, unit, 0, true));
  let frames = 0;
  const report = fuzz({
    examples: packets.map(({ payload }) => payload),
    pieces: ['0a', '32', '12', 'ffffffff0f', '0a0b000000043cffbcdaf90040'].map((hex) =>
      Buffer.from(hex, 'hex'),
    ),
    isTyped: () => false,
    take: (input, random) => {
      const exchange = new Exchange();
      const depacketizer = av1Payload.depacketizer(exchange.options());
      for (const { payload } of packets.slice(0, 1))
        depacketizer.packet(payload, 0, payload.length, false, 0, false);
      for (let i = 0; i < 3; i++) {
        depacketizer.packet(input, 0, input.length, random() < 0.5, i >> 1, random() < 0.1);
      }
      frames += exchange.frames.length;
    },
  });
  expect(report).toMatchObject({ broken: [], slow: [] });
  expect(report.grown).toBeLessThan(32 * 1024 * 1024);
  expect(frames).toBeGreaterThan(0);
});
