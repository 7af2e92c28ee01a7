import { TsToStream, type TsToStreamOptions } from '../intake/index.ts';
import type { Depacketizer } from '../rtp/index.ts';
import type { Sdp } from '../sdp/index.ts';

/** How rtpmap and the static type 33 name an MPEG transport stream inside RTP (RFC 2250 2). */
export const MP2T = 'MP2T';

/** The section whose packets hold a whole transport stream, with picture and sound in it; -1 when there is none. */
export const transportStreamOf = (sdp: Sdp): number =>
  sdp.media.findIndex(({ encodingName }) => encodingName.toUpperCase() === MP2T);

/** Takes the transport packets out of RTP: they bring their own clock, counters and description (quirk 25). */
export class Mp2tDepacketizer implements Depacketizer {
  readonly stream: TsToStream;

  constructor(options: TsToStreamOptions) {
    this.stream = new TsToStream(options);
  }

  get dropped(): number {
    return this.stream.counters.dropped;
  }

  packet(b: Buffer, start: number, end: number): void {
    if (start < end) this.stream.read(b, start, end);
  }
}
