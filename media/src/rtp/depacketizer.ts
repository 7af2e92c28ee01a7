import type { Format } from '../codecs/index.ts';
import type { FrameWriter } from '../stream/index.ts';

/** What a depacketizer needs of its surroundings. */
export interface DepacketizerOptions {
  /** From the SDP; undefined when the track describes itself in band. */
  readonly format: Format | undefined;
  /** fmtp parameters of the track, names in lower case. */
  readonly fmtp: ReadonlyMap<string, string>;
  /** Ticks of the media clock for an RTP time stamp; the same one again gives the same ticks. */
  readonly ticks: (timestamp: number) => number;
  /** The track's format is known or has changed: gives the writer for what follows. */
  readonly open: (format: Format) => FrameWriter;
}

/** Turns RTP payloads of one track back into frames. Runs per packet: see the hot-path rules in docs/design. */
export interface Depacketizer {
  /** Frames given up because a part of them was missing or malformed. */
  readonly dropped: number;
  /** One payload `[start, end)`; `lost`: at least one packet is missing just before it. */
  packet(b: Buffer, start: number, end: number, marker: boolean, timestamp: number, lost: boolean): void;
}
