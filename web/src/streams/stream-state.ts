import type { StreamDetail, StreamSummary } from '../api/types.ts';
import { t } from '../strings/index.ts';

/** How a state is coloured: never the only sign, the word stands beside it. */
export type Tone = 'good' | 'busy' | 'bad' | 'idle';

const TONES: Record<StreamSummary['state'], Tone> = {
  live: 'good',
  connecting: 'busy',
  ready: 'busy',
  reconnecting: 'bad',
  failed: 'bad',
  stopped: 'idle',
};

export const toneOf = (state: StreamSummary['state']): Tone => TONES[state];

/** Why a stream shows no picture, and since when. */
export interface Outage {
  /** What went wrong, or what to expect when nothing did. */
  reason: string;
  /** What happens next, or what a person can do; empty when `reason` says it. */
  outlook: string;
  /** ISO 8601; null when it cannot be told. */
  since: string | null;
}

/** The first problem since the stream was last connected, and the newest one. */
export function outageOf(state: StreamSummary['state'], detail: StreamDetail | undefined): Outage {
  const awaited = state === 'connecting' && detail?.source_url.startsWith('publish:') === true;
  const outlook = awaited ? t.awaitsPublisher : t.stateReason[state];
  if (state === 'stopped' || detail === undefined) return { reason: outlook, outlook: '', since: null };
  const connected = detail.last_connected === null ? 0 : Date.parse(detail.last_connected);
  const recent = detail.errors.filter((error) => Date.parse(error.timestamp) >= connected);
  const newest = recent[0];
  if (newest === undefined) return { reason: outlook, outlook: '', since: null };
  return { reason: t.fault[newest.code], outlook, since: recent.at(-1)?.timestamp ?? null };
}

/** Sentences for a screen reader about what changed between two lists. */
export function announcements(
  before: readonly StreamSummary[],
  after: readonly StreamSummary[],
): readonly string[] {
  const old = new Map(before.map((stream) => [stream.id, stream.state]));
  return after.flatMap(({ id, state }) => {
    const was = old.get(id);
    if (was === undefined || was === state) return [];
    if (state === 'live') return [t.wall.becameLive(id)];
    if (state === 'stopped') return [t.wall.stopped(id)];
    return was === 'live' ? [t.wall.wentOffline(id)] : [];
  });
}

/** Whether a picture is worth trying: it is there, or comes when somebody watches. */
export const playable = ({ state, on_demand }: Pick<StreamSummary, 'state' | 'on_demand'>): boolean =>
  state === 'live' || (on_demand.enabled && state !== 'failed');
