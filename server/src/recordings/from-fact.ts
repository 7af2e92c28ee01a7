import type { Fact } from '@nightjar/contract/link';
import type { Segment } from './segment.ts';

const iso = (time: string): string => new Date(time).toISOString();

/** A fact about a file of footage. */
export type SegmentFact = Extract<Fact, { filename: string }>;

/** The segment that a fact tells of. */
export function segmentOf(
  fact: Exclude<SegmentFact, { kind: 'segment.deleted' | 'segment.hashed' }>,
): Segment {
  const closed = fact.kind === 'segment.closed';
  const sized = fact.kind !== 'segment.opened';
  return {
    streamId: fact.stream_id,
    filename: fact.filename,
    startAt: iso(fact.start),
    endAt: closed ? iso(fact.end) : null,
    duration: sized ? fact.duration : 0,
    bytes: sized ? fact.bytes : 0,
    recovered: closed && fact.recovered,
    closeReason: closed ? fact.reason : null,
    protected: false,
    tier: 'hot',
  };
}
