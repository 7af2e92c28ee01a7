import type { ChannelKind } from '@nightjar/contract/platform';
import type { Clock, ServiceHttp, ServiceTargets } from '../../../kernel/index.ts';
import type { Notification, SettingsOf } from '../channel.ts';

export { accepted } from '../../../events/outbox/index.ts';

/** What senders reach the world by. */
export interface SenderTools {
  http: ServiceHttp;
  targets: ServiceTargets;
  clock: Clock;
  /** Signs web pushes: 32 bytes, a private key of P-256. */
  pushKey: Buffer;
}

/** Brings a notification to one kind of channel; answers with what the other side said. Throws when it did not take it. */
export type Sender<K extends ChannelKind> = (
  settings: SettingsOf<K>,
  notification: Notification,
  tools: SenderTools,
  signal: AbortSignal,
) => Promise<string>;
