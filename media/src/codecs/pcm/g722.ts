import type { PcmCodec, PcmFormat } from './pcm.ts';
import { pcmCodec, pcmFormat } from './pcm.ts';

/** Hz of the RTP clock, an historical error that stays (RFC 3551 4.5.2), and of the sound itself. */
const CLOCK = 8000;
const SAMPLE_RATE = 16_000;

const bare = pcmCodec({
  name: 'g722',
  rtp: { encodingName: 'G722', payloadType: 105 },
  // QuickTime's way to name a format of RIFF by its number, which ffmpeg reads: 0x028f is G.722.
  sampleEntry: 'ms\u0002\u008f',
  bytesPerSample: 1,
  defaultRate: CLOCK,
});

/** G.722 of 64 kbit/s: a byte holds two samples, and is one tick of the clock. */
export const g722: PcmCodec = {
  ...bare,
  formatFromRecord: (_record, entry) => g722Format(entry?.channels ?? 0),
  formatFromSdp: ({ clockRate, channels }) => {
    const known = (clockRate || CLOCK) === CLOCK && channels === 1;
    return known ? g722Format(channels) : undefined;
  },
};

/** Its format; MalformedError for a channel count that nobody has. */
export function g722Format(channels: number): PcmFormat {
  const format = pcmFormat(g722, CLOCK, channels);
  return { ...format, sampleRate: SAMPLE_RATE, codecString: g722.name };
}
