import { unlessMalformed } from '../bytes/index.ts';
import { type AacConfig, formatAudioConfig, lowComplexity, parseAudioConfig } from './aac/config.ts';
import type { AudioFormat, Codec, Format, SdpFacts } from './codec.ts';

/** An AAC track: `record` is its AudioSpecificConfig. Rate, channels and samples are those after SBR and PS. */
export interface AacFormat extends AudioFormat {
  readonly config: AacConfig;
}

/** AAC: RFC 3640 AAC-hbr on the wire, `mp4a` with `esds` in MP4. */
export const aac: Codec = {
  name: 'aac',
  kind: 'audio',
  mp4: { sampleEntry: 'mp4a', recordBox: 'esds', objectType: 0x40 },
  browser: true,
  rtp: { encodingName: 'MPEG4-GENERIC', payloadType: 97 },
  mpegts: 0x0f,
  flv: { id: 10, fourCc: 'mp4a' },
  formatFromRecord: aacFormatFromRecord,
  formatFromSdp,
  fmtp,
};

/** Narrows a format to AAC. */
export function isAac(format: Format): format is AacFormat {
  return format.codec === aac;
}

/** The format of a configuration, as ADTS headers give it. RangeError when it cannot be written as a record. */
export function aacFormat(config: AacConfig): AacFormat {
  return describe(config, formatAudioConfig(config));
}

function aacFormatFromRecord(record: Buffer): AacFormat {
  return describe(parseAudioConfig(record), Buffer.from(record));
}

function describe(config: AacConfig, record: Buffer): AacFormat {
  const sampleRate = config.sbrSampleRate ?? config.sampleRate;
  return {
    codec: aac,
    clockRate: sampleRate,
    codecString: `mp4a.40.${signalledType(config)}`,
    record,
    sampleRate,
    channels: config.ps ? 2 : config.channels,
    frameSamples: Math.round((config.frameSamples * sampleRate) / config.sampleRate),
    config,
  };
}

/** RFC 6381 3.3: the object type that signals what a decoder must be able to do. */
function signalledType(config: AacConfig): number {
  if (config.sbrSampleRate === undefined) return config.objectType;
  return config.ps ? 29 : 5;
}

/**
 * RFC 3640 4.1. Without `config` (cameras leave it out) the track is taken as AAC-LC of the rtpmap's rate and
 * channels; with one that does not parse, the SDP does not hold enough.
 */
function formatFromSdp(media: SdpFacts): AacFormat | undefined {
  const text = media.fmtp.get('config')?.trim();
  if (!text) {
    const config = lowComplexity(media.clockRate, media.channels);
    return config && aacFormat(config);
  }
  if (!/^([0-9a-f]{2})+$/i.test(text)) return undefined;
  return unlessMalformed(() => aacFormatFromRecord(Buffer.from(text, 'hex')));
}

function fmtp(format: Format): string {
  const config = format.record.toString('hex').toUpperCase();
  return `streamtype=5; profile-level-id=1; mode=AAC-hbr; sizelength=13; indexlength=3; indexdeltalength=3; config=${config}`;
}
