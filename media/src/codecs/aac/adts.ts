import { type AacConfig, channelsOf, sampleRateIndex, sampleRateOf } from './config.ts';

/** One ADTS header (ISO/IEC 13818-7 6.2). */
export interface AdtsHeader {
  readonly config: AacConfig;
  /** 7, or 9 with CRC. */
  readonly headerBytes: number;
  /** Header and payload. */
  readonly frameBytes: number;
  /** Raw data blocks in the frame, nearly always 1. */
  readonly blocks: number;
}

const HEADER_BYTES = 7;

/** The header at `start`; undefined when there is no valid one, or fewer than 7 bytes. */
export function parseAdts(buffer: Buffer, start: number, end: number): AdtsHeader | undefined {
  if (end - start < HEADER_BYTES || buffer[start] !== 0xff || (buffer[start + 1]! & 0xf6) !== 0xf0)
    return undefined;
  const b2 = buffer[start + 2]!;
  const b3 = buffer[start + 3]!;
  const sampleRate = sampleRateOf((b2 >> 2) & 15);
  const channelConfig = ((b2 & 1) << 2) | (b3 >> 6);
  const headerBytes = buffer[start + 1]! & 1 ? HEADER_BYTES : HEADER_BYTES + 2;
  const frameBytes = ((b3 & 3) << 11) | (buffer[start + 4]! << 3) | (buffer[start + 5]! >> 5);
  const channels = channelsOf(channelConfig);
  if (sampleRate === undefined || channels === 0 || frameBytes < headerBytes) return undefined;
  const objectType = (b2 >> 6) + 1;
  return {
    config: {
      objectType,
      sampleRate,
      channelConfig,
      channels,
      frameSamples: 1024,
      sbrSampleRate: undefined,
      ps: false,
    },
    headerBytes,
    frameBytes,
    blocks: (buffer[start + 6]! & 3) + 1,
  };
}

/** The 7-byte header in front of one access unit of `payloadBytes`. RangeError when ADTS cannot say it. */
export function adtsHeader(config: AacConfig, payloadBytes: number): Buffer {
  const rate = sampleRateIndex(config.sampleRate);
  const frameBytes = payloadBytes + HEADER_BYTES;
  const { objectType, channelConfig } = config;
  if (
    rate === 15 ||
    objectType < 1 ||
    objectType > 4 ||
    channelConfig < 1 ||
    channelConfig > 7 ||
    frameBytes > 0x1fff
  ) {
    throw new RangeError(
      `no ADTS header for object type ${objectType}, ${config.sampleRate} Hz, ${frameBytes} bytes`,
    );
  }
  return Buffer.from([
    0xff,
    0xf1,
    ((objectType - 1) << 6) | (rate << 2) | (channelConfig >> 2),
    ((channelConfig & 3) << 6) | (frameBytes >> 11),
    (frameBytes >> 3) & 0xff,
    ((frameBytes & 7) << 5) | 0x1f,
    0xfc,
  ]);
}
