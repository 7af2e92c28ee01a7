import { type Fragment, fragmentSize, readFragments, rebaseFragment } from '@nightjar/media/mp4';
import type { Footage } from '../covered-library.ts';
import { BlockPort } from '../movie/block-port.ts';
import { PlaybackRefusal } from '../refusal.ts';
import type { Segment } from '../segment.ts';
import { baseOf, oneClock } from './cut-files.ts';
import type { Kind, Where } from './past.ts';

/** Milliseconds around a segment within which the files that hold it are looked for. */
const AROUND_MS = 3_000;
/** Seconds by which sound may lie before or behind the pictures of its time in a file. */
const BEFORE = 1.5;
const BEHIND = 3;
const MAX_BYTES = 64 * 1024 * 1024;

/** The fragments of one track of a segment, with the stream's own times; `early`: footage does not reach so far yet. */
export async function readPast(
  footage: Footage,
  streamId: string,
  kind: Kind,
  where: Where,
): Promise<{ fragments: Buffer[]; early: boolean }> {
  const fragments: Buffer[] = [];
  let early = false;
  let bytes = 0;
  for (const segment of await filesOf(footage, streamId, where)) {
    const track = segment.file.tracks.find((one) => one.kind === kind && one.timescale === where.clockRate);
    if (!track) continue;
    const base = baseOf(segment, where.clockRate);
    const handle = await footage.open(streamId, segment.name);
    try {
      const port = new BlockPort(handle);
      for await (const fragment of wanted(segment, port, { ...where, id: track.id, base })) {
        bytes += fragment.size;
        if (bytes > MAX_BYTES) throw new PlaybackRefusal(422, 'this segment is too large');
        const copy = Buffer.from(await port.read(fragment.offset, fragment.size));
        // Files of other makers have fragments of many samples.
        if (fragmentSize(copy, 0) !== copy.length) throw new PlaybackRefusal(404, 'no such segment');
        rebaseFragment(copy, 0, -base);
        fragments.push(copy);
      }
    } finally {
      await handle.close();
    }
    early =
      !segment.closed && (base + scaled(segment, where.clockRate) < bounded(where) || fragments.length === 0);
  }
  return { fragments, early };
}

const scaled = ({ end, lead }: Segment, clockRate: number): number => (end / lead.timescale) * clockRate;
const bounded = ({ to }: Where): number => (Number.isFinite(to) ? to : 0);

/** Files in which frames of the segment may lie, oldest first. */
async function filesOf(footage: Footage, streamId: string, where: Where): Promise<Segment[]> {
  const { utc, duration, from, to, clockRate, file } = where;
  const range = { start: utc - AROUND_MS, end: utc + duration * 1000 + AROUND_MS };
  const found = await footage.find(streamId, range).catch((error: unknown) => {
    if (error instanceof PlaybackRefusal && error.status === 404) return [];
    throw error;
  });
  if (file) return found.filter(({ name }) => name === file.name);
  return found.filter((segment) => {
    const base = baseOf(segment, clockRate);
    const inside = base < to && base + scaled(segment, clockRate) > from - BEHIND * clockRate;
    return inside && oneClock(segment, { utc, seconds: from / clockRate });
  });
}

interface Search extends Where {
  /** Of the track in the file. */
  readonly id: number;
  /** Ticks of the stream at which the file's track is at 0. */
  readonly base: number;
}

async function* wanted(segment: Segment, port: BlockPort, search: Search): AsyncGenerator<Fragment> {
  for await (const fragment of readFragments(port, segment.file, entryOf(segment, search))) {
    if (fragment.offset >= segment.wholeEnd) return;
    const place = placeOf(fragment, segment, search);
    if (place === 'behind') return;
    if (place === 'inside') yield fragment;
  }
}

/** Where the walk begins: before all that is looked for, and not long before. */
function entryOf(
  { lead, points, file: { initEnd } }: Segment,
  { from, base, clockRate, file }: Search,
): number {
  if (file && file.start > 0) return file.start;
  const ticks = ((from - base) / clockRate - BEFORE) * lead.timescale;
  return points.findLast(({ time }) => time <= ticks)?.moofOffset ?? initEnd;
}

function placeOf(fragment: Fragment, { lead }: Segment, search: Search): 'before' | 'inside' | 'behind' {
  const { id, base, from, to, clockRate, file } = search;
  const run = fragment.runs[0];
  if (run?.trackId !== id) {
    const far = run?.trackId === lead.id && run.dts / lead.timescale > (to - base) / clockRate + BEHIND;
    return far ? 'behind' : 'before';
  }
  if (fragment.offset >= (file?.end ?? Number.POSITIVE_INFINITY) || run.dts + base >= to) return 'behind';
  return fragment.offset >= (file?.start ?? 0) && run.dts + base >= from ? 'inside' : 'before';
}
