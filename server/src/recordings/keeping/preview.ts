import type { Sql } from '../../database/index.ts';
import { type Aged, limitsStore } from './limits-store.ts';

const DAY_MS = 86_400_000;

/** Limits as somebody thinks of setting them. */
export interface Limits {
  /** Days the footage of each stream is kept, and bytes it may have. */
  streams: readonly { streamId: string; days: number; maxBytes: number | null }[];
  /** Of all footage. */
  maxBytes: number | null;
}

/** What limits would delete at once. */
export interface WouldDelete {
  files: number;
  bytes: number;
  seconds: number;
  streams: {
    streamId: string;
    files: number;
    bytes: number;
    seconds: number;
    /** End of the newest footage that would go; ISO 8601. */
    until: string;
  }[];
}

/** Goes through the footage as retention would, and deletes nothing. */
export async function previewOf(sql: Sql, { streams, maxBytes }: Limits, now: number): Promise<WouldDelete> {
  const doomed = new Map<string, Aged>();
  let total = 0;
  for (const each of streams) total += await withinStream(sql, each, { now, doomed });
  if (maxBytes === null || total <= maxBytes) return summed([...doomed.values()]);
  for await (const file of limitsStore.oldestFirst(sql, {})) {
    if (total <= maxBytes) break;
    if (doomed.has(nameOf(file))) continue;
    total -= file.bytes;
    doomed.set(nameOf(file), file);
  }
  return summed([...doomed.values()]);
}

/** Notes what one stream's own limits delete; answers the bytes that stay. */
async function withinStream(
  sql: Sql,
  { streamId, days, maxBytes }: Limits['streams'][number],
  { now, doomed }: { now: number; doomed: Map<string, Aged> },
): Promise<number> {
  const before = new Date(now - days * DAY_MS).toISOString();
  let left = await limitsStore.bytes(sql, { streamId });
  for await (const file of limitsStore.oldestFirst(sql, { streamId })) {
    const over = maxBytes !== null && left > maxBytes;
    if (!over && file.endAt >= before) break;
    left -= file.bytes;
    doomed.set(nameOf(file), file);
  }
  return left;
}

const nameOf = ({ streamId, filename }: Aged): string => `${streamId}/${filename}`;

function summed(files: readonly Aged[]): WouldDelete {
  const streams = new Map<string, WouldDelete['streams'][number]>();
  for (const { streamId, bytes, duration, endAt } of files) {
    const sum = streams.get(streamId) ?? { streamId, files: 0, bytes: 0, seconds: 0, until: endAt };
    streams.set(streamId, {
      streamId,
      files: sum.files + 1,
      bytes: sum.bytes + bytes,
      seconds: sum.seconds + duration,
      until: latest(endAt, sum.until),
    });
  }
  const all = [...streams.values()];
  const over = (of: (each: WouldDelete['streams'][number]) => number): number =>
    all.reduce((sum, each) => sum + of(each), 0);
  return {
    files: over(({ files: count }) => count),
    bytes: over(({ bytes }) => bytes),
    seconds: over(({ seconds }) => seconds),
    streams: all.sort((a, b) => b.bytes - a.bytes),
  };
}

/** ISO 8601 sorts as time does. */
const latest = (...times: string[]): string => times.sort().at(-1) ?? '';
