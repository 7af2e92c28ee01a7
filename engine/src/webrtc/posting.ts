import { type AudioFormat, codecs, type Format, type VideoFormat } from '@nightjar/media/codecs';
import type { Frame, Track } from '@nightjar/media/stream';
import type { PostedFrame, PostedTrack } from './messages.ts';

/** A track as it is told to the worker. */
export function postedTrack({ id, kind, format }: Track): PostedTrack {
  const { width = 0, height = 0 } = format as Partial<VideoFormat>;
  const { channels = 0, sampleRate = 0 } = format as Partial<AudioFormat>;
  return {
    ...{ id, kind, codec: format.codec.name },
    record: Uint8Array.from(format.record),
    entry: { width, height, channels, sampleRate },
  };
}

/** The track again; undefined when no codec of that name reads its record. */
export function trackOf({ id, kind, codec, record, entry }: PostedTrack): Track | undefined {
  const known = codecs.find(({ name }) => name === codec);
  if (!known) return undefined;
  const format: Format = known.formatFromRecord(Buffer.from(record), entry);
  return { id, kind, format };
}

/** A frame in memory of its own, which may be transferred. */
export function postedFrame(feed: string, index: number, frame: Frame): PostedFrame {
  const { slab, payload, end, dts, pts, key, arrival } = frame;
  const bytes = new Uint8Array(end - payload);
  bytes.set(slab.buffer.subarray(payload, end));
  return { type: 'frame', feed, index, bytes, dts, pts, key, arrival };
}
