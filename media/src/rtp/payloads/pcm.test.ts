import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { l16, type PcmCodec, type PcmFormat, pcma, pcmFormat, pcmu } from '../../codecs/index.ts';
import { payloadOf } from './index.ts';
import { l16Payload } from './pcm.ts';
import { deliver, Exchange, frameOf, type Packet, packetsOf } from './testing/exchange.ts';

function receive(packets: readonly Packet[], format: PcmFormat) {
  const exchange = new Exchange();
  const depacketizer = payloadOf(format.codec)!.depacketizer(exchange.options(format));
  deliver(depacketizer, packets);
  return { frames: exchange.frames, dropped: depacketizer.dropped };
}

const packet = (timestamp: number, payload: Buffer): Packet => ({ timestamp, payload, marker: false });

/** A tone of many harmonics as 16-bit samples, big-endian, the same on each channel. */
function tone(samples: number, channels: number, from = 0): Buffer {
  const bytes = Buffer.alloc(samples * channels * 2);
  for (let i = 0; i < samples; i++) {
    const phase = ((from + i) * 2 * Math.PI * 200) / 8000;
    const value = Math.round(9000 * Math.sin(phase) + 2500 * Math.sin(3 * phase + 1));
    for (let channel = 0; channel < channels; channel++)
      bytes.writeInt16BE(value, (i * channels + channel) * 2);
  }
  return bytes;
}

describe('both directions', () => {
  it.each<[string, PcmCodec, number, number]>([
    ['PCMU 8 kHz mono', pcmu, 8000, 1],
    ['quirk 49: PCMA 16 kHz stereo', pcma, 16_000, 2],
    ['L16 44.1 kHz stereo', l16, 44_100, 2],
    ['L16 48 kHz of 6 channels', l16, 48_000, 6],
  ])('%s: packets of whole samples, each with its time, no marker', (_name, codec, rate, channels) => {
    const format = pcmFormat(codec, rate, channels);
    const step = codec.bytesPerSample * channels;
    const data = Buffer.from(Array.from({ length: 1001 * step }, (_, i) => (i * 7) & 255));
    const packetizer = payloadOf(codec)!.packetizer(format, 500);
    const packets = packetsOf(packetizer, frameOf(format, data, 2 ** 32 - 100, true));
    expect(packets.every(({ payload, marker }) => payload.length <= 500 && !marker)).toBe(true);
    expect(packets.every(({ payload }) => payload.length % step === 0)).toBe(true);
    let samples = 2 ** 32 - 100;
    for (const { payload, timestamp } of packets) {
      expect(timestamp).toBe(samples % 2 ** 32);
      samples += payload.length / step;
    }
    const unwrapped = packets.map((one, i) => ({ ...one, timestamp: i }));
    const { frames, dropped } = receive(unwrapped, format);
    expect(Buffer.concat(frames.map((frame) => frame.data))).toEqual(data);
    expect(dropped).toBe(0);
    expect(frames.every((frame) => frame.key && frame.dts === frame.pts)).toBe(true);
  });

  it('any samples over any MTU', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(pcmu, l16),
        fc.integer({ min: 1, max: 3 }),
        fc.uint8Array({ minLength: 6, maxLength: 600 }),
        fc.integer({ min: 1, max: 200 }),
        (codec, channels, bytes, mtu) => {
          const format = pcmFormat(codec, 8000, channels);
          const step = codec.bytesPerSample * channels;
          const data = Buffer.from(bytes).subarray(0, bytes.length - (bytes.length % step));
          const packets = packetsOf(
            payloadOf(codec)!.packetizer(format, mtu),
            frameOf(format, data, 0, true),
          );
          const back = receive(packets, format).frames.map((frame) => frame.data);
          expect(Buffer.concat(back)).toEqual(data);
        },
      ),
      { seed: 43, numRuns: 2000 },
    );
  });
});

describe('what cameras do', () => {
  const format = pcmFormat(l16, 8000, 1);

  it.each([1, 2])('quirk 51: little-endian samples of %i channels are found out and turned', (channels) => {
    const stereo = pcmFormat(l16, 8000, channels);
    const right = Array.from({ length: 30 }, (_, i) => tone(160, channels, i * 160));
    const turned = right.map((bytes) => Buffer.from(bytes).swap16());
    const silence = packet(0, Buffer.alloc(320 * channels));
    const wrong = receive(
      [silence, ...turned.map((bytes, i) => packet(160 * (i + 1), bytes))],
      stereo,
    ).frames;
    expect(wrong.slice(-15).map((frame) => frame.data)).toEqual(right.slice(-15));
    const plain = receive(
      right.map((bytes, i) => packet(160 * i, bytes)),
      stereo,
    ).frames;
    expect(plain.map((frame) => frame.data)).toEqual(right);
  });

  it('quirk 51: noise and sound of 8 bits are left as they are', () => {
    let state = 1;
    const next = () => {
      state = (state * 48_271) % 0x7fffffff;
      return state & 255;
    };
    const noise = Buffer.from(Array.from({ length: 60_000 }, next));
    const coarse = tone(8000, 1);
    for (let i = 1; i < coarse.length; i += 2) coarse[i] = 0;
    for (const samples of [noise, coarse]) {
      const packets = Array.from({ length: 50 }, (_, i) =>
        packet(i, samples.subarray(i * 320, i * 320 + 320)),
      );
      const { frames } = receive(packets, format);
      expect(Buffer.concat(frames.map((frame) => frame.data))).toEqual(samples.subarray(0, 16_000));
    }
  });

  it('cuts off half a sample, drops what has none and what comes twice', () => {
    const packets = [packet(0, Buffer.alloc(5, 1)), packet(2, Buffer.alloc(1)), packet(2, Buffer.alloc(0))];
    const { frames, dropped } = receive([...packets, packet(0, Buffer.alloc(4))], format);
    expect(frames.map((frame) => frame.data.length)).toEqual([4]);
    expect(dropped).toBe(2);
  });

  it('needs the rate from the SDP', () => {
    expect(() => l16Payload.depacketizer(new Exchange().options())).toThrow(TypeError);
  });

  it('takes any packets without an error', () => {
    const any = fc.record({
      payload: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      marker: fc.boolean(),
      timestamp: fc.nat(1000),
      lost: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), fc.integer({ min: 1, max: 8 }), (packets, channels) => {
        for (const frame of receive(packets, pcmFormat(l16, 8000, channels)).frames) {
          expect(frame.data.length % (2 * channels)).toBe(0);
        }
      }),
      { seed: 44, numRuns: 20_000 },
    );
  });
});
