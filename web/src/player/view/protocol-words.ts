import { t } from '../../strings/index.ts';
import type { PlayerSnapshot } from '../live-player.ts';

/** Why the picture comes this way, as one text. */
export function whyThis({ fallBacks }: Pick<PlayerSnapshot, 'fallBacks'>): string {
  if (fallBacks.length === 0) return t.player.protocolBest;
  return fallBacks
    .map(({ protocol, fault, reason }) =>
      t.player.protocolWhy(t.player.protocol[protocol], reason ?? t.player.fault[fault]),
    )
    .join('\n');
}
