import { execFileSync } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { FUZZ_LIMIT_MS, fuzz } from '../testing/fuzz/index.ts';
import { FakeClock } from '../testing/index.ts';
import { TsToStream } from './index.ts';
import { Received } from './testing/received.ts';

vi.setConfig({ testTimeout: FUZZ_LIMIT_MS });

const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25', '-f', 'lavfi', '-i', 'sine=r=48000'];
const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-c:a', 'aac'];
const h264 = execFileSync('ffmpeg', ['-v', 'error', ...inputs, '-t', '1', ...codecs, '-f', 'mpegts', '-']);

it('100,000 MPEG transport streams are read or passed over, at once and with flat memory', () => {
  const clock = new FakeClock();
  const packets = Array.from({ length: 40 }, (_, at) => h264.subarray(at * 188, (at + 1) * 188));
  const report = fuzz({
    examples: [h264.subarray(0, 188 * 12), ...packets.slice(0, 6)],
    pieces: [...packets, Buffer.from([0x47]), Buffer.from([0, 0, 1, 0xe0])],
    isTyped: () => false,
    take: (input, random) => {
      const received = new Received();
      const reader = new TsToStream(received.options(clock));
      for (let at = 0; at < input.length; ) {
        const size = 1 + Math.floor(random() * 600);
        reader.read(input.subarray(at, at + size));
        at += size;
      }
      reader.close();
    },
  });
  expect(report).toMatchObject({ broken: [], slow: [] });
  expect(report.grown).toBeLessThan(32 * 1024 * 1024);
});
