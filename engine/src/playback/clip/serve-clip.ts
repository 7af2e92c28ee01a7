import { createHash } from 'node:crypto';
import type { HandedOver } from '@nightjar/contract/link';
import type { Clock } from '@nightjar/media/stream';
import type { Exchange } from '../exchange.ts';
import type { Bytes, Validators } from '../http-range.ts';
import type { Library } from '../library.ts';
import { heldFiles, parseGaps } from '../movie/plan.ts';
import { answerRanged } from '../ranged-answer.ts';
import { PlaybackRefusal } from '../refusal.ts';
import { type Segment, utcOf } from '../segment.ts';
import type { FootageHandle } from '../store.ts';
import { parseTimeRange, type TimeRange } from '../time-range.ts';
import { type Clip, planClip } from './clip.ts';
import type { Extent } from './clip-lane.ts';

/** What footage is found by. */
type Footage = Pick<Library, 'find' | 'open'>;

/** Bytes read at a time; the next are read when the viewer has taken these. */
const READ = 1024 * 1024;
/** Extents told to a server that reads them itself: those of some minutes. */
const MAX_HANDED = 50_000;
/** The longest range of one clip; a longer one is a movie. */
const MAX_MS = 3_600_000;
const MAX_WAIT_MS = 15_000;
/** Milliseconds between two looks for footage that is still to come. */
const LOOK_MS = 150;

/**
 * A time range as one MP4 with its tables in front, by bytes on request (RFC 9110 14). `wait`: milliseconds for
 * which footage that is on its way is waited for. Headers say what there is: `x-footage-start`, `x-footage-end`,
 * and the seconds it plays, `x-clip-seconds`. Throws PlaybackRefusal.
 */
export async function serveClip(
  exchange: Exchange,
  library: Footage,
  clock: Pick<Clock, 'monotonic' | 'after'>,
): Promise<void> {
  const { streamId, query } = exchange;
  const range = parseTimeRange(query);
  if (range.end - range.start > MAX_MS) throw new PlaybackRefusal(400, 'at most one hour: ask for play.mp4');
  const gaps = parseGaps(query);
  const segments = heldFiles(await findWhole(exchange, library, { range, clock }), range);
  const open = ({ name }: { name: string }) => library.open(streamId, name);
  const clip = await planClip({ segments, range, gaps, open });
  await answer(exchange, clip, segments, open);
}

/** The segments of a range once they reach its end, or as they are when the wait is over. */
async function findWhole(
  { streamId, query, signal }: Exchange,
  library: Footage,
  { range, clock }: { range: TimeRange; clock: Pick<Clock, 'monotonic' | 'after'> },
): Promise<Segment[]> {
  const wait = Number(query.get('wait') ?? 0);
  if (!(wait >= 0 && wait <= MAX_WAIT_MS)) throw new PlaybackRefusal(400, `wait is 0 to ${MAX_WAIT_MS}`);
  const deadline = clock.monotonic() + wait;
  for (;;) {
    const over = clock.monotonic() >= deadline || signal.aborted;
    const found = await library.find(streamId, range).catch((error: unknown) => {
      if (over || !(error instanceof PlaybackRefusal) || error.status !== 404) throw error;
      return [];
    });
    const last = found.at(-1);
    if (last && (over || utcOf(last, last.end) >= range.end)) return found;
    await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
  }
}

function answer(
  exchange: Exchange,
  clip: Clip,
  segments: readonly Segment[],
  open: (segment: Segment) => Promise<FootageHandle>,
): Promise<void> {
  const { head, size, start, end, seconds } = clip;
  return answerRanged(exchange, {
    size,
    validators: validatorsOf(clip, segments),
    headers: {
      'x-footage-start': new Date(start).toISOString(),
      'x-footage-end': new Date(end).toISOString(),
      'x-clip-seconds': seconds.toFixed(3),
    },
    body: (bytes) => body({ head, clip, segments, open }, bytes),
    handOver: (bytes) => handOver(clip, bytes),
  });
}

/** Undefined for what is not on this machine's disks, and for what would be told at greater length than it is. */
function handOver({ head, extents, paths }: Clip, { first, last }: Bytes): HandedOver | undefined {
  if (extents.length > MAX_HANDED || paths.includes(undefined)) return undefined;
  const files: HandedOver['files'] = [];
  let open = -1;
  for (const block of blocks(extents, first - head.length, last - head.length)) {
    for (const { file, offset, size } of block) {
      if (file !== open) files.push({ path: paths[file]!, spans: [] });
      open = file;
      files.at(-1)!.spans.push(offset, size);
    }
  }
  return { head: head.subarray(first, last + 1).toString('base64'), files };
}

/** Another clip has another head, or comes from other files. */
function validatorsOf({ head, extents }: Clip, segments: readonly Segment[]): Validators {
  const places = extents.map(({ file, offset, size }) => `${segments[file]!.name} ${offset} ${size}\n`);
  const hash = createHash('sha256').update(head).update(places.join(''));
  const etag = `"${hash.digest('base64url').slice(0, 27)}"`;
  return { etag, lastModified: '' };
}

/** Bytes `[first, last]` of a clip: its head, then of each file what belongs to it. */
async function* body(
  parts: {
    head: Buffer;
    clip: Clip;
    segments: readonly Segment[];
    open: (segment: Segment) => Promise<FootageHandle>;
  },
  { first, last }: Bytes,
): AsyncGenerator<Buffer> {
  const { head, clip, segments, open } = parts;
  if (first < head.length) yield head.subarray(first, Math.min(head.length, last + 1));
  let handle: FootageHandle | undefined;
  let opened = -1;
  try {
    for (const block of blocks(clip.extents, first - head.length, last - head.length)) {
      const { file } = block[0]!;
      if (opened !== file) {
        await handle?.close();
        handle = undefined;
        handle = await open(segments[file]!);
        opened = file;
      }
      yield* await readBlock(handle!, block);
    }
  } finally {
    await handle?.close();
  }
}

/**
 * The bytes `[first, last]` of all extents, put together to what is read at once: what lies between the extents of a
 * file are the heads of its fragments, a hundredth of it.
 */
function* blocks(extents: readonly Extent[], first: number, last: number): Generator<Extent[]> {
  let block: Extent[] = [];
  let at = 0;
  for (const { file, offset, size } of extents) {
    const to = Math.min(size, last + 1 - at);
    for (let from = Math.max(0, first - at); from < to; ) {
      const [begin] = block;
      const room = begin?.file === file ? begin.offset + READ - (offset + from) : READ;
      if (room <= 0 || (begin && begin.file !== file)) {
        yield block;
        block = [];
        continue;
      }
      const taken = Math.min(to - from, room);
      block.push({ file, offset: offset + from, size: taken });
      from += taken;
    }
    at += size;
    if (at > last) break;
  }
  if (block.length > 0) yield block;
}

/** The bytes of extents of one file that lie near each other, read at once and not put together. */
async function readBlock(handle: FootageHandle, block: readonly Extent[]): Promise<Buffer[]> {
  const begin = block[0]!.offset;
  const end = block.at(-1)!.offset + block.at(-1)!.size;
  const read: Buffer[] = [];
  for (let at = begin; at < end; at += read.at(-1)!.length) {
    read.push(await handle.read(at, end - at));
    if (read.at(-1)!.length === 0) throw new Error('a recording became shorter while it was read');
  }
  const bytes = read.length === 1 ? read[0]! : Buffer.concat(read);
  return block.map(({ offset, size }) => bytes.subarray(offset - begin, offset - begin + size));
}
