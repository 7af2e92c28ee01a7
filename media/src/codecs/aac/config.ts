import { BitReader, BitWriter, MalformedError } from '../../bytes/index.ts';

/** AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1) of the general audio codecs. */
export interface AacConfig {
  /** Object type of the coded audio itself: 2 is AAC-LC. */
  readonly objectType: number;
  /** Of the coded audio, without SBR. */
  readonly sampleRate: number;
  /** 0: the channels are in a program config element, kept in `channels`. */
  readonly channelConfig: number;
  readonly channels: number;
  /** Samples per access unit of the coded audio: 1024 or 960. */
  readonly frameSamples: number;
  /** Sample rate after spectral band replication, where it is signalled. */
  readonly sbrSampleRate: number | undefined;
  /** Parametric stereo is signalled: mono coded, stereo played. */
  readonly ps: boolean;
}

const AAC_LC = 2;
const SBR = 5;
const PS = 29;
const ESCAPE = 31;
const SYNC_BITS = 11;
const SYNC_SBR = 0x2b7;
const SYNC_PS = 0x548;
const EXPLICIT_RATE = 15;
/** General audio object types that carry GASpecificConfig (ISO/IEC 14496-3 table 1.15), error resilient ones apart. */
const GENERAL_AUDIO = new Set([1, 2, 3, 4, 6, 7]);

const SAMPLE_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8];

/** The samplingFrequencyIndex of a rate (ISO/IEC 14496-3 table 1.18), or 15 when it must be written out. */
export function sampleRateIndex(rate: number): number {
  const index = SAMPLE_RATES.indexOf(rate);
  return index < 0 ? EXPLICIT_RATE : index;
}

/** The rate of a samplingFrequencyIndex; undefined when reserved. */
export function sampleRateOf(index: number): number | undefined {
  return SAMPLE_RATES[index];
}

/** Channels of a channelConfiguration (ISO/IEC 14496-3 table 1.19); 0 when reserved or elsewhere. */
export function channelsOf(channelConfig: number): number {
  return CHANNELS[channelConfig] ?? 0;
}

/** Parses an AudioSpecificConfig; MalformedError when it is broken or not general audio. */
export function parseAudioConfig(config: Buffer): AacConfig {
  return readAudioConfig(new BitReader(config));
}

/**
 * Reads an AudioSpecificConfig, the first bit of which must lie on a byte boundary, and no bit more: LATM goes
 * on behind it. Throws MalformedError as `parseAudioConfig` does.
 */
export function readAudioConfig(bits: BitReader): AacConfig {
  const signalled = readObjectType(bits);
  const rate = readSampleRate(bits);
  const channelConfig = bits.bits(4);
  const explicit = signalled === SBR || signalled === PS;
  const explicitRate = explicit ? readSampleRate(bits) : undefined;
  const objectType = explicit ? readObjectType(bits) : signalled;
  if (!GENERAL_AUDIO.has(objectType)) {
    throw new MalformedError(`audio object type ${objectType} is not supported`, bits.offset);
  }
  const { frameSamples, channels } = readGeneralAudio(bits, objectType, channelConfig);
  const core = { objectType, sampleRate: rate, channelConfig, channels, frameSamples };
  if (explicit) return { ...core, sbrSampleRate: explicitRate, ps: signalled === PS };
  return { ...core, ...readSyncExtension(bits) };
}

function readObjectType(bits: BitReader): number {
  const type = bits.bits(5);
  return type === ESCAPE ? 32 + bits.bits(6) : type;
}

function readSampleRate(bits: BitReader): number {
  const index = bits.bits(4);
  const rate = index === EXPLICIT_RATE ? bits.bits(24) : SAMPLE_RATES[index];
  if (!rate) throw new MalformedError(`sampling frequency index ${index}`, bits.offset);
  return rate;
}

/** GASpecificConfig, ISO/IEC 14496-3 4.4.1. */
function readGeneralAudio(
  bits: BitReader,
  objectType: number,
  channelConfig: number,
): { frameSamples: number; channels: number } {
  const frameSamples = bits.flag() ? 960 : 1024;
  if (bits.flag()) bits.skip(14);
  const extension = bits.flag();
  const channels = channelConfig === 0 ? readProgramChannels(bits) : channelsOf(channelConfig);
  if (channels === 0) throw new MalformedError(`channel configuration ${channelConfig}`, bits.offset);
  if (objectType === 6) bits.skip(3);
  if (extension) bits.skip(1);
  return { frameSamples, channels };
}

/** Channels of a program_config_element, ISO/IEC 14496-3 4.4.1.1. */
function readProgramChannels(bits: BitReader): number {
  bits.skip(4 + 2 + 4);
  const pairs = bits.bits(4) + 0;
  const side = bits.bits(4);
  const back = bits.bits(4);
  const lfe = bits.bits(2);
  const data = bits.bits(3);
  const coupling = bits.bits(4);
  if (bits.flag()) bits.skip(4);
  if (bits.flag()) bits.skip(4);
  if (bits.flag()) bits.skip(3);
  let channels = lfe;
  for (let i = 0; i < pairs + side + back; i++) {
    channels += bits.flag() ? 2 : 1;
    bits.skip(4);
  }
  bits.skip(4 * lfe + 4 * data + 5 * coupling);
  bits.skip(bits.bitsLeft % 8);
  bits.skip(8 * bits.bits(8));
  return channels;
}

/** Backward compatible signalling behind the configuration; decoders may ignore it, so its absence is fine. */
function readSyncExtension(bits: BitReader): Pick<AacConfig, 'sbrSampleRate' | 'ps'> {
  const none = { sbrSampleRate: undefined, ps: false };
  if (!skipSync(bits, SYNC_SBR, 5)) return none;
  if (readObjectType(bits) !== SBR || bits.bitsLeft < 5 || !bits.flag()) return none;
  const sbrSampleRate = readSampleRate(bits);
  const ps = skipSync(bits, SYNC_PS, 1) && bits.flag();
  return { sbrSampleRate, ps };
}

/** Passes over a syncExtensionType that comes next with at least `more` bits behind it. */
function skipSync(bits: BitReader, sync: number, more: number): boolean {
  if (bits.bitsLeft < SYNC_BITS + more || bits.fork().bits(SYNC_BITS) !== sync) return false;
  bits.skip(SYNC_BITS);
  return true;
}

/**
 * Writes an AudioSpecificConfig; SBR and PS in the explicit, hierarchical form. A configuration whose
 * channels lie in a program config element cannot be written: keep its bytes.
 */
export function formatAudioConfig(config: AacConfig): Buffer {
  if (config.channelConfig === 0) throw new RangeError('channels in a program config element');
  const bits = new BitWriter();
  const sbr = config.sbrSampleRate;
  writeObjectType(bits, sbr === undefined ? config.objectType : config.ps ? PS : SBR);
  writeSampleRate(bits, config.sampleRate);
  bits.bits(4, config.channelConfig);
  if (sbr !== undefined) {
    writeSampleRate(bits, sbr);
    writeObjectType(bits, config.objectType);
  }
  bits
    .flag(config.frameSamples === 960)
    .flag(false)
    .flag(false);
  if (config.objectType === 6) bits.bits(3, 0);
  return bits.finish();
}

/** The plain AAC-LC configuration of a rate and a channel count 1 to 8; undefined when there is none. */
export function lowComplexity(sampleRate: number, channels: number): AacConfig | undefined {
  const channelConfig = CHANNELS.indexOf(channels);
  if (channelConfig < 1 || sampleRate < 1 || sampleRate > 0xffffff) return undefined;
  const frameSamples = 1024;
  return {
    objectType: AAC_LC,
    sampleRate,
    channelConfig,
    channels,
    frameSamples,
    sbrSampleRate: undefined,
    ps: false,
  };
}

function writeObjectType(bits: BitWriter, type: number): void {
  if (type < ESCAPE) bits.bits(5, type);
  else bits.bits(5, ESCAPE).bits(6, type - 32);
}

function writeSampleRate(bits: BitWriter, rate: number): void {
  const index = sampleRateIndex(rate);
  bits.bits(4, index);
  if (index === EXPLICIT_RATE) bits.bits(24, rate);
}
