import { join } from 'node:path';
import { type Fact, isSealed } from '@nightjar/contract/link';
import { MalformedError } from '@nightjar/media/bytes';
import { type Mp4File, openMp4, scanMp4, writeMfra } from '@nightjar/media/mp4';
import type { Log } from '../kernel/index.ts';
import { beginsLikeSegment, readDescription } from './description.ts';
import { lookAtSealed, sealedTimes, soundRecords, tailOf, wholeEnd } from './sealed/index.ts';
import { segmentStart } from './segment-name.ts';
import { hotFolder, type Storage, type StoredFile } from './storage.ts';
import { closedFact, type SegmentTimes, segmentTimes } from './summary.ts';

/** Closed files in a row after which older ones are taken as closed too: each start repairs what a crash left. */
const CLOSED_IN_A_ROW = 8;

/** A torn write is a part at most. Where more bytes make no sense, something else is wrong, and they stay. */
const MAX_TORN = 64 * 1024 * 1024;
/** Records that a sealed file has before anything of it is told: its init and its first part. */
const MAX_UNTOLD = 2;
/** The head is written first, by itself. */
const MAX_TORN_HEAD = 64 * 1024;

export interface FootageOptions {
  readonly storage: Storage;
  readonly basePath: string;
  readonly fact: (fact: Fact) => void;
  readonly log: Pick<Log, 'error' | 'warn'>;
}

/** Files of one stream that were there before this start, newest first. */
export interface OldFootage {
  readonly streamId: string;
  readonly names: readonly string[];
}

/** Lists what is on disk before anything is recorded, so that repair never touches a file being written. */
export async function listFootage(options: FootageOptions): Promise<OldFootage[]> {
  const { storage, basePath, log } = options;
  const streams = await storage.list(join(basePath, 'hot'));
  return Promise.all(
    streams.map(async (streamId) => {
      const names = await segmentNames(storage, hotFolder(basePath, streamId)).catch((error: unknown) => {
        log.error('the footage of a stream cannot be listed', { stream_id: streamId, error });
        return [];
      });
      return { streamId, names };
    }),
  );
}

/** Cuts torn tails behind the last whole fragment and closes the files with their index. */
export async function recoverFootage(old: readonly OldFootage[], options: FootageOptions): Promise<void> {
  for (const { streamId, names } of old) {
    let closed = 0;
    for (const filename of names) {
      closed = (await recoverFile({ streamId, filename }, options)) === 'closed' ? closed + 1 : 0;
      if (closed === CLOSED_IN_A_ROW) break;
    }
  }
}

/**
 * Tells every segment that began at or after `since` (UTC ms), oldest first, but those that are being written:
 * of them the recorder alone knows what would survive a power cut.
 */
export async function tellInventory(
  { streamId, since, writing }: InventoryQuestion,
  options: FootageOptions,
): Promise<void> {
  const { storage, basePath } = options;
  // A name has whole seconds.
  const from = Math.floor(since / 1000) * 1000;
  const names = (await segmentNames(storage, hotFolder(basePath, streamId))).filter(
    (name) => segmentStart(name)! >= from,
  );
  for (const filename of names.reverse()) {
    if (!writing().has(filename)) await tellSegment({ streamId, filename }, options);
  }
}

export interface InventoryQuestion {
  readonly streamId: string;
  /** UTC milliseconds. */
  readonly since: number;
  /** Names of the files that are being written at the moment. */
  readonly writing: () => ReadonlySet<string>;
}

export interface Place {
  readonly streamId: string;
  readonly filename: string;
}

async function tellSegment(place: Place, { storage, basePath, fact }: FootageOptions): Promise<void> {
  const port = await openIfThere(storage, join(hotFolder(basePath, place.streamId), place.filename));
  if (!port) return;
  try {
    const told = isSealed(place.filename) ? await tellSealed(port) : await tellClear(port);
    if (!told) return;
    // A file that failed is mended at the next start; what is whole of it plays already.
    const reason = told.closed ? 'rotated' : 'storage_failed';
    fact(closedFact(told.times, { ...place, bytes: port.size }, { recovered: false, reason }));
  } finally {
    await port.close();
  }
}

type Told = { times: SegmentTimes; closed: boolean } | undefined;

async function tellClear(port: StoredFile): Promise<Told> {
  const file = await openOurs(port);
  if (!file || file === 'headless') return undefined;
  const times = await segmentTimes(port, file);
  const closed = file.index !== undefined;
  return times && (closed || times.duration > 0) ? { times, closed } : undefined;
}

async function tellSealed(port: StoredFile): Promise<Told> {
  const look = await lookAtSealed(port);
  const times = look && look !== 'torn' ? sealedTimes(look) : undefined;
  return times && look && look !== 'torn' ? { times, closed: look.closed } : undefined;
}

/** Deleted since it was listed: undefined. */
export async function openIfThere(
  storage: Pick<Storage, 'open'>,
  path: string,
): Promise<StoredFile | undefined> {
  try {
    return await storage.open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** `left`: it is not ours to mend, or could not be mended; it stays as it is. */
export type Outcome = 'closed' | 'repaired' | 'removed' | 'left';

/** One bad file never keeps the others from being mended. */
export async function recoverFile(place: Place, options: FootageOptions): Promise<Outcome> {
  const { streamId, filename } = place;
  const about = { stream_id: streamId, filename };
  const path = join(hotFolder(options.basePath, streamId), filename);
  try {
    const port = await openIfThere(options.storage, path);
    if (!port) return 'removed';
    try {
      const mend = isSealed(filename) ? repairSealed : repair;
      const outcome = await mend(port, place, options);
      // It never got its first part.
      if (outcome === 'removed') await options.storage.remove(path);
      if (outcome === 'left') options.log.warn('a file is no footage of ours, or too broken to mend', about);
      return outcome;
    } finally {
      await port.close();
    }
  } catch (error) {
    options.log.error('footage of an earlier run could not be repaired', { ...about, error });
    return 'left';
  }
}

async function repair(port: StoredFile, place: Place, { fact }: FootageOptions): Promise<Outcome> {
  const file = await openOurs(port);
  if (file === 'headless') {
    return port.size < MAX_TORN_HEAD && (await beginsLikeSegment(port)) ? 'removed' : 'left';
  }
  if (!file) return 'left';
  if (file.index) return 'closed';
  const scan = await scanMp4(port);
  if (port.size - scan.wholeEnd > MAX_TORN) return 'left';
  if (scan.fragments === 0) return 'removed';
  const index = writeMfra(scan.spans.filter((span) => span.points.length > 0));
  await port.repair(scan.wholeEnd, index);
  const times = await segmentTimes(port, { ...scan, index: scan.spans });
  const bytes = scan.wholeEnd + index.length;
  if (times) fact(closedFact(times, { ...place, bytes }, { recovered: true, reason: 'killed' }));
  return 'repaired';
}

/** No key is needed: what is whole is told by sums, and the file is closed behind it. */
async function repairSealed(port: StoredFile, place: Place, { fact }: FootageOptions): Promise<Outcome> {
  const look = await lookAtSealed(port);
  if (look === 'torn') return 'removed';
  if (!look) return 'left';
  if (look.closed) return 'closed';
  if (port.size - wholeEnd(look) > MAX_TORN) return 'left';
  const mended = { ...look, records: await soundRecords(port, look) };
  const times = sealedTimes(mended);
  // Behind a second part nothing before it is torn: it was told of, and has rotted since.
  if (!times) return look.records.length > MAX_UNTOLD ? 'left' : 'removed';
  const tail = tailOf(mended.records);
  await port.repair(wholeEnd(mended), tail);
  const bytes = wholeEnd(mended) + tail.length;
  fact(closedFact(times, { ...place, bytes }, { recovered: true, reason: 'killed' }));
  return 'repaired';
}

/** The head of a segment of ours; undefined for other films. */
export async function openOurs(port: StoredFile): Promise<Mp4File | 'headless' | undefined> {
  try {
    const file = await openMp4(port);
    return file.description && readDescription(file.description) ? file : undefined;
  } catch (error) {
    if (error instanceof MalformedError) return 'headless';
    throw error;
  }
}

export async function segmentNames(storage: Storage, folder: string): Promise<string[]> {
  const names = await storage.list(folder);
  return names
    .filter((name) => segmentStart(name) !== undefined)
    .sort()
    .reverse();
}
