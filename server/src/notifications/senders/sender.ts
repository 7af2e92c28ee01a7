import type { ChannelKind } from '@nightjar/contract/platform';
import type { Clock, ServiceAnswer, ServiceHttp, ServiceTargets } from '../../kernel/index.ts';
import { NeverError } from '../../outbox/index.ts';
import type { Notification, SettingsOf } from '../channel.ts';

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

/** What an HTTP service answered, or what is thrown for it: most of 4xx says the same the next time. */
export function accepted({ status, body }: ServiceAnswer): string {
  if (status >= 200 && status < 300) return `HTTP ${status}`;
  const said = `HTTP ${status} ${body.replaceAll(/\s+/g, ' ').slice(0, 100)}`.trim();
  const again = status >= 500 || status === 408 || status === 425 || status === 429;
  throw again ? new Error(said) : new NeverError(said);
}
