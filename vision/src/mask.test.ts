import type { Unit } from '@nightjar/contract/vision';
import { adtsHeader, l16, parseAudioConfig, pcmFormat } from '@nightjar/media/codecs';
import { describe, expect, it } from 'vitest';
import type { PixelBackend, Tally } from './backend.ts';
import { commandBackend } from './command/index.ts';
import { nativeBackend } from './native/index.ts';
import { BEGAN, decodeBy } from './testing/material.ts';

const RATE = 16_000;
const SECONDS = 3;
const UNIT = 320;

/** A voice that says "ah" and sways a little, as 16-bit samples in network order, 20 ms a unit. */
function voice(hertz: number): Unit[] {
  const bytes = Buffer.alloc(2 * RATE * SECONDS);
  let phase = 0;
  for (let i = 0; i < RATE * SECONDS; i++) {
    phase += (2 * Math.PI * hertz * (1 + 0.02 * Math.sin((6 * Math.PI * i) / RATE))) / RATE;
    let level = 0;
    for (let k = 1; k * hertz < 6_000; k++)
      level += Math.cos(k * phase) * Math.exp(-(((k * hertz - 600) / 900) ** 2));
    bytes.writeInt16BE(Math.max(-32_000, Math.min(32_000, Math.round(2_500 * level))), 2 * i);
  }
  return Array.from({ length: (RATE * SECONDS) / UNIT }, (_, i) => ({
    data: bytes.subarray(2 * UNIT * i, 2 * UNIT * (i + 1)),
    ...{ time: i * UNIT, arrival: BEGAN + i * 20, key: true, show: true },
  }));
}

/** Hertz of the pitch that is heard: the distance at which the sound is most like itself. */
function pitchOf(samples: Int16Array): number {
  const [from, length] = [RATE, 4_000];
  const likeness = (lag: number): number => {
    let sum = 0;
    for (let i = from; i < from + length; i++) sum += samples[i]! * samples[i + lag]!;
    return sum;
  };
  const lags = Array.from({ length: 160 }, (_, i) => 40 + i);
  return RATE / lags.reduce((best, lag) => (likeness(lag) > likeness(best) ? lag : best));
}

async function heard(backend: PixelBackend, hertz: number, masked: boolean): Promise<number> {
  const frames: Uint8Array[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const session = backend.sound(
    pcmFormat(l16, RATE, 1),
    { codec: 'aac', sampleRate: RATE, channels: 1, masked },
    {
      sound: (data) => {
        frames.push(data);
        if (frames.length === 36) resolve();
      },
      failed: (message) => reject(new Error(message)),
    },
  );
  for (const unit of voice(hertz)) await session.push(unit);
  await promise;
  await session.close();
  const config = parseAudioConfig(Buffer.from('1408', 'hex'));
  const adts = frames.flatMap((data) => [adtsHeader(config, data.length), Buffer.from(data)]);
  const raw = await decodeBy(['-f', 'aac', '-i', 'pipe:0', '-f', 's16le', '-ac', '1'], Buffer.concat(adts));
  return pitchOf(new Int16Array(raw.buffer, raw.byteOffset, raw.length >> 1));
}

const tally: Tally = { decoders: 0, decoded: 0, encoded: 0 };

describe.each<[string, () => Promise<PixelBackend>]>([
  ['native', async () => nativeBackend(tally)],
  ['command', () => commandBackend(tally)],
])('sound that the %s backend masks', (_, open) => {
  it.each([110, 180, 240])('has one pitch, whosever voice it is: %d Hz', async (hertz) => {
    const backend = await open();
    // As it is, the voice has its own.
    expect(Math.abs((await heard(backend, hertz, false)) - hertz)).toBeLessThan(6);
    expect(Math.abs((await heard(backend, hertz, true)) - 125)).toBeLessThan(2);
  });
});
