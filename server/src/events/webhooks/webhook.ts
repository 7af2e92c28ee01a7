import type { Scope } from '@nightjar/contract';
import type { PartnerEvent, PartnerEventType } from '@nightjar/contract/partner';
import { type Principal, sees } from '../../kernel/index.ts';

/** An address of a partner that is called with what is theirs; times ISO 8601 UTC with ms. */
export interface Webhook {
  id: string;
  /** `kind:id` of the principal. */
  owner: string;
  urlShown: string;
  /** Its address and its secret, as the vault keeps them. */
  sealed: string;
  events: readonly PartnerEventType[];
  description: string;
  enabled: boolean;
  /** Why it was disabled, where nobody did it. */
  disabledReason: string | null;
  createdAt: string;
  updatedAt: string;
}

type Told = Exclude<PartnerEvent, { type: 'webhook.test' }>;
type Unstamped<T> = T extends Told ? Omit<T, 'id' | 'created_at'> : never;

/** Something that partners are told of. `owner`: whose it is, `kind:id`; null is of whoever may see the stream. */
export interface News {
  owner: string | null;
  event: Unstamped<Told>;
}

/** What must be allowed of a stream to hear of it. */
const NEEDED: Readonly<Record<PartnerEventType, Scope>> = {
  'bookmark.ready': 'bookmarks:read',
  'bookmark.failed': 'bookmarks:read',
  'snapshot.ready': 'snapshots:read',
  'snapshot.failed': 'snapshots:read',
  'consumer.connected': 'streams:read',
  'consumer.closed': 'streams:read',
  'stream.state': 'streams:read',
};

/** Whether a principal, as they stand now, may be told of it. */
export const mayHear = (principal: Principal | undefined, event: PartnerEvent | News['event']): boolean =>
  event.type === 'webhook.test' || sees(principal, NEEDED[event.type], event.stream_id);
