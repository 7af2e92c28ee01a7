import type { Codec, Format } from '../../codecs/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer } from '../packet-writer.ts';
import { aacPayload } from './aac.ts';
import { aacLatmPayload } from './aac-latm.ts';
import { av1Payload } from './av1.ts';
import { h264Payload } from './h264.ts';
import { h265Payload } from './h265.ts';
import { mjpegPayload } from './mjpeg.ts';
import { opusPayload } from './opus.ts';
import { g722Payload, l16Payload, pcmaPayload, pcmuPayload } from './pcm.ts';

/** How one codec travels in RTP. */
export interface Payload {
  readonly codec: Codec;
  /** A changed format is told in front of key frames; else only a new SDP can tell it. */
  readonly describedInBand: boolean;
  depacketizer(options: DepacketizerOptions): Depacketizer;
  packetizer(format: Format, mtu: number): Packetizer;
}

const payloads: readonly Payload[] = [
  h264Payload,
  h265Payload,
  av1Payload,
  mjpegPayload,
  aacPayload,
  aacLatmPayload,
  opusPayload,
  pcmuPayload,
  pcmaPayload,
  g722Payload,
  l16Payload,
];

/** The payload format of a codec; undefined when we do not carry it over RTP. */
export function payloadOf(codec: Codec): Payload | undefined {
  return payloads.find((payload) => payload.codec === codec);
}
