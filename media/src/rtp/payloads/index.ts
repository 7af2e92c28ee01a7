import type { Codec, Format } from '../../codecs/index.ts';
import type { Depacketizer, DepacketizerOptions } from '../depacketizer.ts';
import type { Packetizer } from '../packet-writer.ts';
import { aacPayload } from './aac.ts';
import { h264Payload } from './h264.ts';

/** How one codec travels in RTP. */
export interface Payload {
  readonly codec: Codec;
  depacketizer(options: DepacketizerOptions): Depacketizer;
  packetizer(format: Format, mtu: number): Packetizer;
}

const payloads: readonly Payload[] = [h264Payload, aacPayload];

/** The payload format of a codec; undefined when we do not carry it over RTP. */
export function payloadOf(codec: Codec): Payload | undefined {
  return payloads.find((payload) => payload.codec === codec);
}
