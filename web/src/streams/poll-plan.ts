import type { StreamSummary } from '../api/types.ts';

/** When a stream's details were last read, and its state then. */
export interface DetailRead {
  at: number;
  state: StreamSummary['state'];
}

const SELECTED_MS = 5000;
const OFFLINE_MS = 15_000;
const AT_ONCE = 4;

/**
 * The streams whose details to read now: the selected one every 5 s and those without a picture, which say why,
 * every 15 s; at once after a change of state. At most four changes or one refresh per round, so that a wall of
 * broken cameras stays below the server's limit of requests.
 */
export function dueDetails(
  streams: readonly StreamSummary[],
  reads: ReadonlyMap<string, DetailRead>,
  selected: string | null,
  now: number,
): readonly string[] {
  const changed: string[] = [];
  let stalest: { id: string; overdue: number } | undefined;
  for (const { id, state } of streams) {
    if (id !== selected && (state === 'live' || state === 'stopped')) continue;
    const read = reads.get(id);
    if (read?.state !== state) {
      changed.push(id);
      continue;
    }
    const overdue = now - read.at - (id === selected ? SELECTED_MS : OFFLINE_MS);
    if (overdue >= 0 && overdue > (stalest?.overdue ?? -1)) stalest = { id, overdue };
  }
  if (changed.length > 0) return changed.slice(0, AT_ONCE);
  return stalest ? [stalest.id] : [];
}
