import type { Sql } from '../database/index.ts';
import type { Segment } from './segment.ts';

/**
 * Writes the new sizes of segments that are open; answers those of which there is none. Told each second of each
 * stream: the statement is made once for all, and costs a third of what it costs to put a segment.
 */
export async function growSegments(sql: Sql, segments: readonly Segment[]): Promise<Segment[]> {
  const [first] = segments;
  if (!first) return [];
  const statement = sql
    .updateTable('segments')
    .set({ duration: first.duration, bytes: first.bytes })
    .where('stream_id', '=', first.streamId)
    .where('filename', '=', first.filename)
    .where('end_at', 'is', null)
    .compile();
  const unknown: Segment[] = [];
  for (const segment of segments) {
    const parameters = [segment.duration, segment.bytes, segment.streamId, segment.filename];
    const { numAffectedRows } = await sql.executeQuery({ ...statement, parameters });
    if (!numAffectedRows) unknown.push(segment);
  }
  return unknown;
}
