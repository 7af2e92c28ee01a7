import { t } from '../../strings/index.ts';
import type { PlayerSnapshot } from '../live-player.ts';

/** Why the picture comes this way, as one text. */
export function whyThis({
  fallBacks,
  rewindFault,
}: Pick<PlayerSnapshot, 'fallBacks' | 'rewindFault'>): string {
  if (rewindFault !== null) return `${t.player.noRewind}${t.recorded.fault[rewindFault]}`;
  if (fallBacks.length === 0) return t.player.protocolBest;
  return fallBacks
    .map(({ protocol, fault, reason }) =>
      t.player.protocolWhy(t.player.protocol[protocol], reason ?? t.player.fault[fault]),
    )
    .join('\n');
}
