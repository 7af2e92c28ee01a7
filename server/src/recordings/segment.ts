import type { Tier } from '@nightjar/contract/footage';

/** One file of footage as the index knows it; times ISO 8601 UTC with ms, seconds, bytes. */
export interface Segment {
  streamId: string;
  filename: string;
  startAt: string;
  /** null while it grows. */
  endAt: string | null;
  duration: number;
  bytes: number;
  recovered: boolean;
  closeReason: string | null;
  /** No limit of age or space removes it. */
  protected: boolean;
  /** Where the file is. */
  tier: Tier;
}

/** Why footage was removed: its age, too many bytes of it, too little room on the disk, or by somebody's wish. */
export type RemovalReason = 'retention' | 'quota' | 'space' | 'request';

/** Which footage: what overlaps `[from, to]`, newest first. */
export interface SegmentQuery {
  streamId: string;
  from?: string | undefined;
  to?: string | undefined;
  /** Sealed originals alone, or all but those; both when absent. */
  originals?: boolean | undefined;
  limit: number;
  offset: number;
}

export interface FootageTotals {
  count: number;
  bytes: number;
  seconds: number;
}
