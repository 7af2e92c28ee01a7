import type { Fact } from '@nightjar/contract/link';
import { type Mp4File, type RandomAccess, readFragments } from '@nightjar/media/mp4';
import { readDescription } from './description.ts';

type Closed = Extract<Fact, { kind: 'segment.closed' }>;

/** What a segment file says about its time. */
export interface SegmentTimes {
  readonly streamId: string;
  /** UTC milliseconds of the first frame. */
  readonly utc: number;
  /** Seconds of the leading track. */
  readonly duration: number;
}

/**
 * Start and duration of a segment from its own description and the fragments behind its last key frame, so
 * that a closed file of any length costs a few reads. Undefined for a file that is no segment of ours.
 */
export async function segmentTimes(port: RandomAccess, file: Mp4File): Promise<SegmentTimes | undefined> {
  const about = file.description && readDescription(file.description);
  const lead = file.tracks.find((track) => track.id === about?.trackId);
  if (!about || !lead) return undefined;
  const lastKey = file.index?.find((index) => index.trackId === lead.id)?.points.at(-1);
  let last = 0;
  for await (const { runs } of readFragments(port, {
    ...file,
    initEnd: lastKey?.moofOffset ?? file.initEnd,
  })) {
    for (const run of runs) if (run.trackId === lead.id) last = run.dts + run.duration;
  }
  return { streamId: about.streamId, utc: about.utc, duration: last / lead.timescale };
}

/** The fact of a segment that is whole on disk. */
export function closedFact(
  times: SegmentTimes,
  file: { streamId: string; filename: string; bytes: number },
  how: Pick<Closed, 'recovered' | 'reason'>,
): Closed {
  return {
    kind: 'segment.closed',
    stream_id: file.streamId,
    filename: file.filename,
    start: new Date(times.utc).toISOString(),
    end: new Date(times.utc + times.duration * 1000).toISOString(),
    duration: times.duration,
    bytes: file.bytes,
    ...how,
  };
}
