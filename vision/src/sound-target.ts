import type { SoundTarget } from '@nightjar/contract/vision';
import { type AudioFormat, isPcm } from '@nightjar/media/codecs';

/** How FFmpeg makes a codec. */
export interface TargetFacts {
  readonly encoder: string;
  readonly sampleFormat: 's16' | 'fltp';
  readonly frameSamples: number;
  /** Samples the encoder puts in front of the sound. */
  readonly delay: number;
  /** Bit/s for each channel. */
  readonly bitRate: number;
  readonly options: Readonly<Record<string, string>>;
}

/** 312 samples: libopus at 48 kHz; 1024: FFmpeg's own AAC encoder. */
export const SOUND_TARGETS: Readonly<Record<SoundTarget['codec'], TargetFacts>> = {
  opus: {
    encoder: 'libopus',
    sampleFormat: 's16',
    frameSamples: 960,
    delay: 312,
    bitRate: 32_000,
    options: { frame_duration: '20', application: 'audio', compression_level: '5' },
  },
  aac: {
    encoder: 'aac',
    sampleFormat: 'fltp',
    frameSamples: 1024,
    delay: 1024,
    bitRate: 48_000,
    options: {},
  },
};

/** Samples a second at which a voice is masked, and of one window of it: a pitch of 125 Hz. */
const [MASK_RATE, MASK_WINDOW, MASK_OVERLAP] = [16_000, 512, 0.75];

/**
 * FFmpeg's filters that take the pitch from voices: of each window of the spectrum the strengths are kept and the
 * phases, in which the pitch lies, are set to nought, so that the windows' distance is the pitch of everything. It
 * cannot be turned back: the phases are gone.
 */
export const MASK: readonly (readonly [name: string, args: string])[] = [
  ['aresample', String(MASK_RATE)],
  ['afftfilt', `real='hypot(re,im)':imag='0':win_size=${MASK_WINDOW}:overlap=${MASK_OVERLAP}`],
];

/** Samples that a frame holds, in ticks of the format's clock. */
export function sourceSamples(format: AudioFormat, data: Uint8Array): number {
  if (!isPcm(format)) return format.frameSamples;
  return Math.floor(data.byteLength / (format.codec.bytesPerSample * format.channels));
}
