import type { StreamMetricsDetail } from '../../api/types.ts';

/** What is drawn of one look at a stream; null where it could not be measured. */
export interface Look {
  /** UTC seconds. */
  readonly at: number;
  readonly bitrate: number | null;
  readonly framerate: number | null;
  readonly lost: number | null;
  readonly latency: number | null;
}

/** Looks that are kept: ten minutes at two seconds. */
const KEPT = 300;

/** One more look behind those before it; `lost` is what was lost since. */
export function withLook(
  before: readonly Look[],
  metrics: StreamMetricsDetail,
  lostBefore: number | null,
  at: number,
): readonly Look[] {
  const { lost } = metrics.packets;
  const since = lost === null || lostBefore === null ? null : Math.max(0, lost - lostBefore);
  const look: Look = {
    at,
    bitrate: metrics.bitrate.current,
    framerate: metrics.framerate.current,
    lost: since,
    latency: metrics.latency.pipeline,
  };
  return [...before, look].slice(-KEPT);
}
