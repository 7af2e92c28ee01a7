/** A client's delivery directives (RFC 8216bis 6.2.5). */
export interface Reload {
  /** Answer when this media sequence number is in the playlist; at once when undefined. */
  readonly msn: number | undefined;
  /** … or already this part of it. */
  readonly part: number | undefined;
  /** A delta update is wanted. */
  readonly skip: boolean;
}

/** Where a live playlist stands. */
export interface LiveEdge {
  /** Media sequence number of the last whole segment; -1 before the first. */
  readonly lastMsn: number;
  /** Parts of that segment. */
  readonly lastParts: number;
  /** Parts so far of the segment after it. */
  readonly openParts: number;
  /** Seconds. */
  readonly partTarget: number;
}

export type ReloadProblem = 'not a number' | 'part without msn' | 'unknown skip' | 'too far ahead';

/** A directive that is answered with 400 (RFC 8216bis 6.2.5.2). */
export class ReloadError extends Error {
  readonly status = 400;
  readonly problem: ReloadProblem;

  constructor(problem: ReloadProblem, directive: string) {
    super(`${directive}: ${problem}`);
    this.name = 'ReloadError';
    this.problem = problem;
  }
}

/** Segments a request may run ahead of the last whole one. */
const MSN_LIMIT = 2;

/** Reads `_HLS_msn`, `_HLS_part` and `_HLS_skip`; other parameters are not ours. Throws ReloadError. */
export function parseReload(query: URLSearchParams): Reload {
  const msn = integer(query, '_HLS_msn');
  const part = integer(query, '_HLS_part');
  if (part !== undefined && msn === undefined) throw new ReloadError('part without msn', '_HLS_part');
  const skip = query.get('_HLS_skip');
  if (skip !== null && skip !== 'YES' && skip !== 'v2') throw new ReloadError('unknown skip', '_HLS_skip');
  return { msn, part, skip: skip !== null };
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new ReloadError('not a number', name);
  return Number(text);
}

/**
 * Whether the playlist at `edge` answers `reload` now, or the request has to wait. Throws ReloadError when it
 * asks for what lies too far ahead.
 */
export function isReady(reload: Reload, edge: LiveEdge): boolean {
  const { msn, part } = reload;
  if (msn === undefined) return true;
  if (part === undefined) {
    checkMsn(msn, edge);
    return msn <= edge.lastMsn;
  }
  // A part behind the last one of its segment means the first of the next (RFC 8216bis 6.2.5.2).
  if (msn === edge.lastMsn && part >= edge.lastParts) return hasPart(msn + 1, 0, edge);
  return hasPart(msn, part, edge);
}

function hasPart(msn: number, part: number, edge: LiveEdge): boolean {
  checkMsn(msn, edge);
  if (msn <= edge.lastMsn) return true;
  const known = msn === edge.lastMsn + 1 ? edge.openParts : 0;
  if (part - (known - 1) > advancePartLimit(edge.partTarget))
    throw new ReloadError('too far ahead', '_HLS_part');
  return part < known;
}

function checkMsn(msn: number, edge: LiveEdge): void {
  if (msn > edge.lastMsn + MSN_LIMIT) throw new ReloadError('too far ahead', '_HLS_msn');
}

/** Parts a request may run ahead: three seconds of them, at least three (RFC 8216bis 6.2.5.2). */
function advancePartLimit(partTarget: number): number {
  return partTarget < 1 ? Math.ceil(3 / partTarget) : 3;
}
