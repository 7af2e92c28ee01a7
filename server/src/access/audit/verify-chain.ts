import type { Sql } from '../../database/index.ts';
import { type AuditEntry, GENESIS, macOf } from './entry.ts';
import { type Anchor, auditStore } from './store.ts';

/** What reading the whole chain found. */
export interface Verification {
  intact: boolean;
  /** Entries that were read. */
  entries: number;
  /** Number of the first entry that does not follow from what is before it. */
  brokenAt: number | undefined;
  reason: string | undefined;
}

const PAGE = 1_000;

/** How far the chain holds, and whether that is as far as it is known to go. */
interface Link extends Anchor {
  whole: boolean;
}

/** The first entry of a page that does not follow from `link`, which goes on to the last one that does. */
function brokenIn(
  page: readonly AuditEntry[],
  link: Link,
  against: { key: Buffer; newest: Anchor | undefined },
): string | undefined {
  for (const { mac, ...entry } of page) {
    if (entry.id !== link.entryId + 1) return 'an entry is missing';
    if (macOf(against.key, link.mac, entry) !== mac) return 'an entry is not what was written';
    link.entryId = entry.id;
    link.mac = mac;
    link.whole ||= mac === against.newest?.mac;
  }
  return undefined;
}

/** Reads a chain against its key, page by page; entries that are written meanwhile may be read or not. */
export async function verifyChain(sql: Sql, key: Buffer): Promise<Verification> {
  const newest = await auditStore.anchor(sql, 'newest');
  const oldest = (await auditStore.anchor(sql, 'oldest')) ?? { entryId: 0, mac: GENESIS };
  const link: Link = { ...oldest, whole: newest === undefined || newest.mac === oldest.mac };
  let reason: string | undefined;
  for (;;) {
    const page = await auditStore.after(sql, link.entryId, PAGE);
    reason = brokenIn(page, link, { key, newest });
    if (reason !== undefined || page.length < PAGE) break;
  }
  if (newest === undefined && link.entryId > 0) link.whole = false;
  reason ??= link.whole ? undefined : 'the newest entries are missing';
  const intact = reason === undefined;
  const entries = link.entryId - oldest.entryId;
  return { intact, entries, brokenAt: intact ? undefined : link.entryId + 1, reason };
}
