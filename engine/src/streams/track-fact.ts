import type { TrackFact } from '@nightjar/contract';
import type { AudioFormat, VideoFormat } from '@nightjar/media/codecs';
import type { Track } from '@nightjar/media/stream';

/** A track in the contract's words. */
export function trackFact({ kind, format }: Track): TrackFact {
  const common = { kind, codec: format.codec.name, codec_string: format.codecString };
  if (kind === 'video') {
    const { width, height } = format as VideoFormat;
    return { ...common, width, height };
  }
  const { sampleRate, channels } = format as AudioFormat;
  return { ...common, sample_rate: sampleRate, channels };
}
