import { MalformedError } from '../../bytes/index.ts';
import type { AudioFormat, Codec, Format } from '../codec.ts';

/** A codec of samples that stand alone: a frame is what one packet held. */
export interface PcmCodec extends Codec {
  /** Of one sample of one channel. */
  readonly bytesPerSample: number;
}

export interface PcmFormat extends AudioFormat {
  readonly codec: PcmCodec;
}

export interface PcmFacts extends Pick<Codec, 'name' | 'rtp' | 'flv'> {
  readonly sampleEntry: string;
  readonly bytesPerSample: number;
  /** Hz, where an SDP names none. */
  readonly defaultRate: number;
}

/** Milliseconds of sound in the usual packet (RFC 3551 4.2). */
const PACKET_MS = 20;
const MAX_CHANNELS = 8;
const MAX_RATE = 192_000;
const NO_RECORD = Buffer.alloc(0);

/**
 * A codec of bare samples. MP4 holds them under QuickTime's sample entries, which ffmpeg, VLC and Android read;
 * no browser plays any of them in MP4. Any rate and up to 8 channels, as cameras send.
 */
export function pcmCodec(facts: PcmFacts): PcmCodec {
  const codec: PcmCodec = {
    name: facts.name,
    kind: 'audio',
    mp4: { sampleEntry: facts.sampleEntry },
    browser: false,
    rtp: facts.rtp,
    ...(facts.flv ? { flv: facts.flv } : {}),
    bytesPerSample: facts.bytesPerSample,
    formatFromRecord: (_record, entry) => pcmFormat(codec, entry?.sampleRate ?? 0, entry?.channels ?? 0),
    formatFromSdp: ({ clockRate, channels }) => {
      const rate = clockRate || facts.defaultRate;
      return isSane(rate, channels) ? pcmFormat(codec, rate, channels) : undefined;
    },
    fmtp: () => '',
  };
  return codec;
}

/** Narrows a format to bare samples. */
export function isPcm(format: Format): format is PcmFormat {
  return 'bytesPerSample' in format.codec;
}

/** The format of bare samples; MalformedError for a rate or channel count that nobody has. */
export function pcmFormat(codec: PcmCodec, sampleRate: number, channels: number): PcmFormat {
  if (!isSane(sampleRate, channels))
    throw new MalformedError(`${codec.name} of ${sampleRate} Hz and ${channels} channels`, 0);
  return {
    codec,
    clockRate: sampleRate,
    codecString: codec.mp4.sampleEntry,
    record: NO_RECORD,
    sampleRate,
    channels,
    frameSamples: Math.max(1, Math.round((sampleRate * PACKET_MS) / 1000)),
  };
}

function isSane(sampleRate: number, channels: number): boolean {
  const whole = Number.isInteger(sampleRate) && Number.isInteger(channels);
  return whole && sampleRate > 0 && sampleRate <= MAX_RATE && channels > 0 && channels <= MAX_CHANNELS;
}
