import { readFragments } from './fragments.ts';
import type { TrackIndex } from './mfra.ts';
import type { ProducerReferenceTime } from './prft.ts';
import { type Mp4File, openMp4 } from './reader.ts';
import type { RandomAccess } from './window.ts';

/** What one track holds, times in ticks of its timescale. */
export interface TrackSpan extends TrackIndex {
  readonly samples: number;
  /** Decode time of the first sample, and the end of the last. */
  readonly first: number;
  readonly last: number;
}

/** A file walked from one end to the other. */
export interface Mp4Scan extends Mp4File {
  readonly fragments: number;
  /** Offset after the last whole fragment: where a torn file is cut, and where its index goes. */
  readonly wholeEnd: number;
  /** The file ends with its index. */
  readonly closed: boolean;
  /** By track that has samples, with the points to index: key frames, or all of the sound when there is no picture. */
  readonly spans: readonly TrackSpan[];
  readonly referenceTimes: readonly ProducerReferenceTime[];
}

interface Span {
  trackId: number;
  samples: number;
  first: number;
  last: number;
  points: { time: number; moofOffset: number }[];
}

/** Walks every fragment of a file, closed or torn. Throws MalformedError when it has no whole `moov`. */
export async function scanMp4(port: RandomAccess): Promise<Mp4Scan> {
  const file = await openMp4(port);
  const videos = file.tracks.filter((track) => track.kind === 'video').map((track) => track.id);
  const spans = new Map<number, Span>();
  const referenceTimes: ProducerReferenceTime[] = [];
  let fragments = 0;
  let wholeEnd = file.initEnd;
  for await (const { offset, size, runs, referenceTime } of readFragments(port, file)) {
    fragments++;
    wholeEnd = offset + size;
    if (referenceTime) referenceTimes.push(referenceTime);
    for (const { trackId, dts, duration, key, samples } of runs) {
      const span = spans.get(trackId) ?? { trackId, samples: 0, first: dts, last: dts, points: [] };
      spans.set(trackId, span);
      span.samples += samples.length;
      span.last = dts + duration;
      if (key && (videos.length === 0 || videos.includes(trackId)))
        span.points.push({ time: samples[0]!.pts, moofOffset: offset });
    }
  }
  const closed = file.index !== undefined;
  return { ...file, fragments, wholeEnd, closed, spans: [...spans.values()], referenceTimes };
}
