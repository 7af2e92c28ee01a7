import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { StreamId } from '@nightjar/contract';
import type { CheckedFile, Tier } from '@nightjar/contract/footage';
import { isSealed } from '@nightjar/contract/link';
import { type Mp4File, type RandomAccess, scanMp4, writeMfra } from '@nightjar/media/mp4';
import { beginsLikeSegment } from './description.ts';
import {
  type FootageOptions,
  openIfThere,
  openOurs,
  type Place,
  recoverFile,
  segmentNames,
} from './recovery.ts';
import { isSound, lookAtSealed, sealedTimes, wholeEnd } from './sealed/index.ts';
import { hotFolder, type StoredFile } from './storage.ts';
import { segmentTimes } from './summary.ts';

/** Milliseconds since its last write after which a file without an index is torn, not being written. */
const BEING_WRITTEN = 30_000;
const HASH_STEP = 1024 * 1024;

export interface CheckOptions extends Pick<FootageOptions, 'storage' | 'basePath' | 'log'> {
  /** Walk every fragment, hold it against the index, and hash the bytes. */
  readonly deep: boolean;
  /** Cut torn tails and remove files that never got a part; only while no engine runs. */
  readonly repair: boolean;
  /** UTC milliseconds. */
  readonly now: number;
  /** UTC milliseconds at which a file was last written to. */
  readonly lastWrite: (path: string) => Promise<number>;
  readonly found: (file: CheckedFile) => void;
  /** Another tier's folder instead, with a folder for each stream. What lies there was whole when it was put there. */
  readonly other?: { readonly tier: Tier; readonly path: string };
}

/** Where the files of a stream lie. */
const folderOf = ({ basePath, other }: CheckOptions, streamId: string): string =>
  other ? join(other.path, streamId) : hotFolder(basePath, streamId);

/** Looks at every file of footage, stream by stream, oldest first; one that cannot be read is told like any other. */
export async function checkFootage(options: CheckOptions): Promise<number> {
  const { storage, basePath, other } = options;
  let files = 0;
  for (const streamId of (await storage.list(other?.path ?? join(basePath, 'hot'))).sort()) {
    if (!StreamId.safeParse(streamId).success) continue;
    for (const filename of (await segmentNames(storage, folderOf(options, streamId))).reverse()) {
      const place = { streamId, filename };
      const file = await checkFile(place, options).catch((error: unknown) => unreadable(place, error));
      if (!file) continue;
      options.found(other ? { ...file, tier: other.tier } : file);
      files++;
    }
  }
  return files;
}

async function checkFile(place: Place, options: CheckOptions): Promise<CheckedFile | undefined> {
  const found = await lookAt(place, options);
  if (!options.repair || options.other || (found?.state !== 'torn' && found?.state !== 'empty')) return found;
  const outcome = await recoverFile(place, { ...options, fact: () => undefined });
  if (outcome === 'removed') return { ...found, state: 'removed' };
  if (outcome !== 'repaired') return { ...found, message: 'it could not be mended' };
  const mended = await lookAt(place, options);
  return mended && { ...mended, state: 'repaired' };
}

async function lookAt(place: Place, options: CheckOptions): Promise<CheckedFile | undefined> {
  const path = join(folderOf(options, place.streamId), place.filename);
  const port = await openIfThere(options.storage, path);
  if (!port) return undefined;
  try {
    const about = { stream_id: place.streamId, filename: place.filename, bytes: port.size };
    const beingWritten = async () => options.now - (await options.lastWrite(path)) < BEING_WRITTEN;
    if (isSealed(place.filename)) {
      const found = await checkSealed(port, options.deep);
      const grows = (found.state === 'torn' || found.state === 'empty') && (await beingWritten());
      return { ...about, ...(grows ? { state: 'open' } : found) };
    }
    const file = await openOurs(port);
    if (!file) return { ...about, state: 'foreign' };
    if (file !== 'headless' && file.index) return { ...about, ...(await checkClosed(port, file, options)) };
    if (file === 'headless' && !(await beginsLikeSegment(port))) return { ...about, state: 'foreign' };
    if (await beingWritten()) return { ...about, state: 'open' };
    if (file === 'headless') return { ...about, state: 'empty' };
    return { ...about, ...(await checkTorn(port)) };
  } finally {
    await port.close();
  }
}

type Findings = Omit<CheckedFile, 'stream_id' | 'filename' | 'bytes'>;

/** Without its key: `deep` holds each record's sealed bytes against their sum. */
async function checkSealed(port: StoredFile, deep: boolean): Promise<Findings> {
  const look = await lookAtSealed(port);
  if (!look) return { state: 'foreign' };
  const times = look === 'torn' ? undefined : sealedTimes(look);
  if (look === 'torn' || !times) return { state: 'empty' };
  const about = {
    ...{ start: new Date(times.utc).toISOString(), duration: times.duration },
    whole_bytes: wholeEnd(look),
  };
  if (!look.closed) return { state: 'torn', ...about };
  if (!deep) return { state: 'whole', start: about.start, duration: about.duration };
  const sha256 = await digest(port);
  for (const record of look.records) {
    if (await isSound(port, record)) continue;
    const message = `not as it was sealed from byte ${record.offset} on`;
    return { state: 'damaged', message, ...about, sha256 };
  }
  return { state: 'whole', ...about, whole_bytes: port.size, sha256 };
}

async function checkClosed(port: StoredFile, file: Mp4File, options: CheckOptions): Promise<Findings> {
  const times = await segmentTimes(port, file);
  const told = times && { start: new Date(times.utc).toISOString(), duration: times.duration };
  if (!options.deep) return { state: 'whole', ...told };
  const scan = await scanMp4(port);
  const index = writeMfra(scan.spans.filter((span) => span.points.length > 0));
  const agrees =
    scan.wholeEnd + index.length === port.size && index.equals(await port.read(scan.wholeEnd, index.length));
  return {
    ...(agrees
      ? { state: 'whole' }
      : { state: 'damaged', message: `not as its index says from byte ${scan.wholeEnd} on` }),
    ...told,
    whole_bytes: scan.wholeEnd,
    sha256: await digest(port),
  };
}

async function checkTorn(port: StoredFile): Promise<Findings> {
  const scan = await scanMp4(port);
  const times = await segmentTimes(port, { ...scan, index: scan.spans });
  if (scan.fragments === 0) return { state: 'empty' };
  return {
    state: 'torn',
    ...(times && { start: new Date(times.utc).toISOString(), duration: times.duration }),
    whole_bytes: scan.wholeEnd,
  };
}

/** SHA-256 of all bytes, hexadecimal. */
export async function digest(port: RandomAccess): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < port.size; ) {
    const bytes = await port.read(at, Math.min(HASH_STEP, port.size - at));
    if (bytes.length === 0) throw new Error('the file became shorter while it was read');
    hash.update(bytes);
    at += bytes.length;
  }
  return hash.digest('hex');
}

function unreadable({ streamId, filename }: Place, error: unknown): CheckedFile {
  const code = (error as NodeJS.ErrnoException).code;
  const message = code ?? (error instanceof Error ? error.message : String(error));
  return { stream_id: streamId, filename, bytes: 0, state: 'unreadable', message };
}
