import { type CheckedFile, TIERS, type Tier } from '@nightjar/contract/footage';
import type { Database, Sql } from '../database/index.ts';
import type { Segment } from './segment.ts';
import { segmentStore } from './store.ts';
import { verificationStore } from './verification-store.ts';

/** Seconds by which a row may differ from its file: it is rounded on its way. */
const SLACK = 0.002;

/**
 * What is wrong with one file or one row. Of the files: `torn`, `empty`, `damaged`, `foreign`, `unreadable`. Of the
 * index: `not_indexed` (a whole file without a row), `file_missing` (a row without its file), `row_differs`,
 * `hash_differs` (the bytes are not those that were recorded), `no_stream` (nobody knows the stream any more).
 */
export interface Finding {
  streamId: string;
  filename: string;
  kind:
    | Extract<CheckedFile['state'], 'torn' | 'empty' | 'damaged' | 'foreign' | 'unreadable'>
    | 'not_indexed'
    | 'file_missing'
    | 'row_differs'
    | 'hash_differs'
    | 'no_stream';
  detail: string;
}

export interface Verification {
  files: number;
  bytes: number;
  /** Torn files that are whole again, and empty ones that are gone. */
  repaired: number;
  removed: number;
  /** Written to while the check ran. */
  open: number;
  findings: readonly Finding[];
}

const WRONG = ['torn', 'empty', 'damaged', 'foreign', 'unreadable'] as const;
const isWrong = (state: CheckedFile['state']): state is (typeof WRONG)[number] =>
  (WRONG as readonly string[]).includes(state);
const isWhole = ({ state }: CheckedFile): boolean => state === 'whole' || state === 'repaired';

type Row = Segment & { sha256: string | null };

/** Holds the index against the files that were found, which are all there are in the tiers that were looked at. */
export async function verifyIndex(
  database: Database,
  found: readonly CheckedFile[],
  looked: readonly Tier[] = ['hot'],
): Promise<Verification> {
  const { sql } = database;
  const files = await counted(sql, found);
  const byStream = new Map<string, CheckedFile[]>();
  for (const file of files) {
    const list = byStream.get(file.stream_id);
    if (list) list.push(file);
    else byStream.set(file.stream_id, [file]);
  }
  const known = new Set(await verificationStore.streams(sql));
  const findings: Finding[] = [];
  for (const streamId of [...new Set([...known, ...byStream.keys()])].sort()) {
    const own = byStream.get(streamId) ?? [];
    findings.push(...filesAmiss(own));
    if (known.has(streamId)) {
      const rows = await verificationStore.all(sql, streamId, looked);
      findings.push(...rowsAmiss(streamId, rows, own));
    } else findings.push(...own.filter(isWhole).map((file) => about(file, 'no_stream', '')));
  }
  const count = (state: CheckedFile['state']) => files.filter((file) => file.state === state).length;
  return {
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    repaired: count('repaired'),
    removed: count('removed'),
    open: count('open'),
    findings,
  };
}

/**
 * Makes the index anew from whole files, in one step; rows of files that are no more go, protection stays. Footage of streams that
 * nobody knows stays out: the index belongs to streams. Answers with the number of rows.
 */
export function rebuildIndex(
  database: Database,
  found: readonly CheckedFile[],
  looked: readonly Tier[] = ['hot'],
): Promise<number> {
  return database.transaction(async (sql) => {
    const files = nearest((await counted(sql, found)).filter(isWhole));
    const known = new Set(await verificationStore.streams(sql));
    const kept = new Set((await verificationStore.protectedFiles(sql)).map(nameOf));
    for (const streamId of known) await verificationStore.forget(sql, streamId, looked);
    let rows = 0;
    for (const file of files) {
      const segment = segmentOf(file);
      if (!segment || !known.has(file.stream_id)) continue;
      const tier = file.tier ?? 'hot';
      await segmentStore.put(sql, { ...segment, tier, protected: kept.has(nameOf(segment)) });
      if (file.sha256) await verificationStore.setDigest(sql, { ...segment, sha256: file.sha256 });
      rows++;
    }
    return rows;
  });
}

/** Without copies that do not count. */
async function counted(sql: Sql, files: readonly CheckedFile[]): Promise<readonly CheckedFile[]> {
  const uncounted = await verificationStore.uncounted(sql);
  const gone = new Set(uncounted.map((each) => `${each.tier}/${nameOf(each)}`));
  return files.filter(
    ({ tier = 'hot', stream_id, filename }) => !gone.has(`${tier}/${stream_id}/${filename}`),
  );
}

/** Of a file that is in two tiers, as a crash may leave it, the one that is nearest counts. */
function nearest(files: readonly CheckedFile[]): Iterable<CheckedFile> {
  const farness = ({ tier = 'hot' }: CheckedFile): number => TIERS.indexOf(tier);
  const byName = new Map<string, CheckedFile>();
  for (const file of files.toSorted((a, b) => farness(b) - farness(a)))
    byName.set(`${file.stream_id}/${file.filename}`, file);
  return byName.values();
}

const nameOf = ({ streamId, filename }: Pick<Segment, 'streamId' | 'filename'>): string =>
  `${streamId}/${filename}`;

function filesAmiss(files: readonly CheckedFile[]): Finding[] {
  return files.flatMap((file) => (isWrong(file.state) ? [about(file, file.state, describe(file))] : []));
}

function rowsAmiss(streamId: string, all: readonly Row[], files: readonly CheckedFile[]): Finding[] {
  const place = ({ tier = 'hot', filename }: { tier?: Tier | undefined; filename: string }): string =>
    `${tier}/${filename}`;
  const rows = new Map(all.map((row) => [place(row), row]));
  const findings: Finding[] = [];
  for (const file of files) {
    const row = rows.get(place(file));
    rows.delete(place(file));
    if (!isWhole(file)) continue;
    if (!row) findings.push(about(file, 'not_indexed', `${file.bytes} bytes`));
    else findings.push(...differences(file, row));
  }
  for (const row of rows.values()) {
    findings.push({ streamId, filename: row.filename, kind: 'file_missing', detail: `${row.bytes} bytes` });
  }
  return findings;
}

function differences(file: CheckedFile, row: Row): Finding[] {
  // A torn file that was mended just now is longer or shorter than what was told of it.
  if (file.state === 'repaired' || row.endAt === null) return [];
  const unlike = [
    row.bytes === file.bytes ? '' : `${row.bytes} bytes in the index, ${file.bytes} on disk`,
    Math.abs(row.duration - (file.duration ?? row.duration)) <= SLACK
      ? ''
      : `${row.duration.toFixed(3)} s in the index, ${file.duration?.toFixed(3)} s on disk`,
    file.start === undefined || Date.parse(row.startAt) === Date.parse(file.start)
      ? ''
      : `begins ${row.startAt} in the index, ${file.start} on disk`,
  ].filter(Boolean);
  const findings: Finding[] = unlike.length > 0 ? [about(file, 'row_differs', unlike.join('; '))] : [];
  if (file.sha256 && row.sha256 && file.sha256 !== row.sha256)
    findings.push(about(file, 'hash_differs', `${row.sha256} was recorded, ${file.sha256} is on disk`));
  return findings;
}

function describe(file: CheckedFile): string {
  if (file.state === 'torn')
    return `${file.bytes - (file.whole_bytes ?? 0)} bytes behind the last whole part`;
  return file.message ?? `${file.bytes} bytes`;
}

const about = (file: CheckedFile, kind: Finding['kind'], detail: string): Finding => ({
  streamId: file.stream_id,
  filename: file.filename,
  kind,
  detail,
});

function segmentOf(file: CheckedFile): Omit<Segment, 'protected' | 'tier'> | undefined {
  if (!isWhole(file) || file.start === undefined || file.duration === undefined) return undefined;
  const recovered = file.state === 'repaired';
  return {
    streamId: file.stream_id,
    filename: file.filename,
    startAt: file.start,
    endAt: new Date(Date.parse(file.start) + file.duration * 1000).toISOString(),
    duration: file.duration,
    bytes: file.bytes,
    recovered,
    closeReason: recovered ? 'killed' : 'rotated',
  };
}
