import type { Format } from '@nightjar/media/codecs';
import { readFragments, type Sample } from '@nightjar/media/mp4';
import type { Footage } from './covered-library.ts';
import { PlaybackRefusal } from './refusal.ts';
import { type Segment, ticksOf, utcOf } from './segment.ts';
import type { FootageHandle } from './store.ts';

/** One frame as it was recorded. Times in ticks of its track. */
export interface RecordedFrame {
  readonly data: Buffer;
  readonly time: number;
  /** UTC milliseconds at which it was shown. */
  readonly utc: number;
  readonly key: boolean;
}

/** From a key frame up to the picture of an instant, in decode order. */
export interface RecordedFrames {
  readonly format: Format;
  readonly frames: readonly RecordedFrame[];
  /** The instant in ticks. */
  readonly at: number;
}

/** A GOP without an end must not fill the memory. */
const MAX_FRAMES = 2_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** The frames that decode to the picture of an instant, or the nearest key frame alone. Throws PlaybackRefusal 404. */
export async function framesAt(
  library: Footage,
  streamId: string,
  utc: number,
  { keyAlone = false } = {},
): Promise<RecordedFrames> {
  const segments = await library.find(streamId, { start: utc, end: utc + 1 });
  const segment = segments.at(-1)!;
  const { lead } = segment;
  if (lead.kind !== 'video' || !lead.format) throw new PlaybackRefusal(404, 'this footage has no picture');
  const asked = ticksOf(segment, utc);
  const at = keyAlone ? nearestKey(segment, asked) : asked;
  const handle = await library.open(streamId, segment.name);
  try {
    return { format: lead.format, frames: await read(segment, handle, at, keyAlone), at };
  } finally {
    await handle.close();
  }
}

function nearestKey({ points }: Segment, at: number): number {
  const times = points.map(({ time }) => time);
  return times.reduce((best, time) => (Math.abs(time - at) < Math.abs(best - at) ? time : best), times[0]!);
}

async function read(
  segment: Segment,
  handle: FootageHandle,
  at: number,
  keyAlone: boolean,
): Promise<RecordedFrame[]> {
  const frames: RecordedFrame[] = [];
  let bytes = 0;
  const samples = await samplesUpTo(segment, handle, at);
  for (const sample of keyAlone ? samples.slice(0, 1) : samples) {
    bytes += sample.size;
    if (frames.length >= MAX_FRAMES || bytes > MAX_BYTES) break;
    const data = await handle.read(sample.offset, sample.size);
    if (data.length < sample.size) break;
    frames.push({ data, time: sample.pts, utc: utcOf(segment, sample.pts), key: sample.key });
  }
  if (frames.length === 0) throw new PlaybackRefusal(404, 'this footage has no picture here');
  return frames;
}

/** The leading track's samples from the key frame before an instant to the last that is decoded by then. */
async function samplesUpTo(segment: Segment, handle: FootageHandle, at: number): Promise<Sample[]> {
  const { file, lead, points } = segment;
  const point = points.findLast(({ time }) => time <= at) ?? points[0]!;
  const samples: Sample[] = [];
  for await (const { runs } of readFragments(handle, file, point.moofOffset)) {
    for (const sample of runs.filter(({ trackId }) => trackId === lead.id).flatMap((run) => run.samples)) {
      if (sample.dts > at && samples.length > 0) return samples;
      samples.push(sample);
    }
  }
  return samples;
}
