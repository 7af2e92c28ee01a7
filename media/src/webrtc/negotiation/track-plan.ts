import type { Track } from '../../stream/index.ts';
import type { OfferedCodec } from '../description/index.ts';
import type { CodecChoice } from './choice.ts';
import { chooseCodec } from './choice.ts';

/** One track on its way to one peer. */
export interface TrackPlan {
  readonly track: Track;
  readonly choice: CodecChoice;
  readonly ssrc: number;
  /** Undefined when the peer has no repair for the codec. */
  readonly rtxSsrc: number | undefined;
}

/** A track the peer does not get, and why. */
export interface LeftOut {
  readonly track: Track;
  readonly reason: string;
}

/** A peer that could be sent nothing at all; `message` gives the reasons. */
export class NothingToSendError extends Error {
  constructor(leftOut: readonly LeftOut[]) {
    const reasons = leftOut.map(({ reason }) => reason).join('; ');
    super(reasons === '' ? 'the stream has no track that the peer asks for' : reasons);
  }
}

/**
 * What of `tracks` a peer gets, given the codecs it takes by kind. Video decides: a stream with a picture is not
 * sent as sound alone. Throws NothingToSendError.
 */
export function planTracks(
  tracks: readonly Track[],
  offered: (kind: Track['kind']) => readonly OfferedCodec[] | undefined,
  random32: () => number,
): { plans: readonly TrackPlan[]; leftOut: readonly LeftOut[] } {
  const plans: TrackPlan[] = [];
  const leftOut: LeftOut[] = [];
  const used = new Set<number>([0]);
  const ssrc = (): number => {
    let value = random32() >>> 0;
    while (used.has(value)) value = (value + 1) >>> 0;
    used.add(value);
    return value;
  };
  for (const track of tracks) {
    if (plans.some((plan) => plan.track.kind === track.kind)) continue;
    const codecs = offered(track.kind);
    if (!codecs) continue;
    const choice = chooseCodec(track, codecs);
    if ('reason' in choice) leftOut.push({ track, reason: choice.reason });
    else plans.push({ track, choice, ssrc: ssrc(), rtxSsrc: choice.rtx && ssrc() });
  }
  const pictureLost = leftOut.some(({ track }) => track.kind === 'video');
  if (plans.length === 0 || pictureLost) throw new NothingToSendError(leftOut);
  return { plans, leftOut };
}
