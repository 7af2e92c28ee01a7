import { join } from 'node:path';
import type { Fact } from '@nightjar/contract/link';
import { type Mp4Scan, openMp4, scanMp4, writeMfra } from '@nightjar/media/mp4';
import { segmentStart } from './segment-name.ts';
import { hotFolder, type Storage } from './storage.ts';
import { closedFact, segmentTimes } from './summary.ts';

/** Closed files in a row after which older ones are taken as closed too: each start repairs what a crash left. */
const CLOSED_IN_A_ROW = 2;

/** Bytes below which a file without a whole fragment is the beginning of a first write. */
const MAX_EMPTY = 64 * 1024 * 1024;

export interface FootageOptions {
  readonly storage: Storage;
  readonly basePath: string;
  readonly fact: (fact: Fact) => void;
}

/** Files of one stream that were there before this start, newest first. */
export interface OldFootage {
  readonly streamId: string;
  readonly names: readonly string[];
}

/** Lists what is on disk before anything is recorded, so that repair never touches a file being written. */
export async function listFootage(storage: Storage, basePath: string): Promise<OldFootage[]> {
  const streams = await storage.list(join(basePath, 'hot'));
  return Promise.all(
    streams.map(async (streamId) => ({ streamId, names: await segmentNames(storage, basePath, streamId) })),
  );
}

/** Cuts torn tails behind the last whole fragment and closes the files with their index. */
export async function recoverFootage(old: readonly OldFootage[], options: FootageOptions): Promise<void> {
  for (const { streamId, names } of old) {
    let closed = 0;
    for (const filename of names) {
      closed = (await recoverFile(streamId, filename, options)) ? 0 : closed + 1;
      if (closed === CLOSED_IN_A_ROW) break;
    }
  }
}

/** Tells every closed segment that began at or after `since` (UTC ms), oldest first. */
export async function tellInventory(streamId: string, since: number, options: FootageOptions): Promise<void> {
  const { storage, basePath, fact } = options;
  // A name has whole seconds.
  const from = Math.floor(since / 1000) * 1000;
  const names = (await segmentNames(storage, basePath, streamId)).filter(
    (name) => segmentStart(name)! >= from,
  );
  for (const filename of names.reverse()) {
    const port = await storage.open(join(hotFolder(basePath, streamId), filename));
    try {
      const file = await openMp4(port).catch(() => undefined);
      // Without an index it is being written, or recovery has yet to come to it.
      if (!file?.index) continue;
      const times = await segmentTimes(port, file);
      const where = { streamId, filename, bytes: port.size };
      if (times) fact(closedFact(times, where, { recovered: false, reason: 'rotated' }));
    } finally {
      await port.close();
    }
  }
}

/** True when the file was torn. A file that never got its first part goes; anything larger is left for a person. */
async function recoverFile(streamId: string, filename: string, options: FootageOptions): Promise<boolean> {
  const path = join(hotFolder(options.basePath, streamId), filename);
  const port = await options.storage.open(path);
  try {
    const scan = await scanTorn(port);
    if (scan === 'closed') return false;
    if (!scan || scan.fragments === 0) {
      if (port.size < MAX_EMPTY) await options.storage.remove(path);
      else console.error(`${streamId}/${filename} holds no whole fragment and was left as it is`);
      return true;
    }
    const index = writeMfra(scan.spans.filter((span) => span.points.length > 0));
    await port.repair(scan.wholeEnd, index);
    const times = await segmentTimes(port, { ...scan, index: scan.spans });
    const where = { streamId, filename, bytes: scan.wholeEnd + index.length };
    if (times) options.fact(closedFact(times, where, { recovered: true, reason: 'killed' }));
    return true;
  } finally {
    await port.close();
  }
}

/** The whole walk is only made for a file without index; undefined when not even its head was written. */
async function scanTorn(port: Awaited<ReturnType<Storage['open']>>): Promise<Mp4Scan | 'closed' | undefined> {
  const file = await openMp4(port).catch(() => undefined);
  if (!file) return undefined;
  return file.index ? 'closed' : scanMp4(port);
}

async function segmentNames(storage: Storage, basePath: string, streamId: string): Promise<string[]> {
  const names = await storage.list(hotFolder(basePath, streamId));
  return names
    .filter((name) => segmentStart(name) !== undefined)
    .sort()
    .reverse();
}
