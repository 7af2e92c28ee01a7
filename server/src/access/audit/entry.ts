import { createHmac } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Schema } from '../../database/index.ts';
import type { Principal } from '../../kernel/index.ts';

/** What somebody did or tried. */
export interface NewEntry {
  /** undefined is nobody who could be told apart. */
  principal: Pick<Principal, 'kind' | 'id' | 'name'> | undefined;
  action: string;
  /** Names of what it was done to. */
  object?: Readonly<Record<string, string>>;
  outcome: 'done' | 'refused' | 'failed';
  address: string;
  /** Without secrets. */
  details?: Readonly<Record<string, unknown>>;
}

/** An entry as it stands in the log; `object` and `details` are JSON. */
export type AuditEntry = Selectable<Schema['audit_log']>;

/** The mac before the first entry. */
export const GENESIS = '0'.repeat(64);

const FIELDS = [
  'id',
  'at',
  'actor',
  'actor_name',
  'action',
  'object',
  'outcome',
  'address',
  'details',
] as const;

/**
 * Ties an entry to all before it. Keyed, so that whoever may write the database but cannot read the key file
 * cannot make a chain that holds.
 */
export function macOf(key: Buffer, before: string, entry: Omit<AuditEntry, 'mac'>): string {
  const fields = FIELDS.map((field) => entry[field]);
  return createHmac('sha256', key)
    .update(JSON.stringify([before, ...fields]))
    .digest('hex');
}

/** Lengths are bounded: much of it was typed by strangers. */
const short = (text: string, length: number): string => (text.length > length ? text.slice(0, length) : text);

/** The entry's fields but for its number, time and mac. */
export function worded(entry: NewEntry): Omit<AuditEntry, 'id' | 'at' | 'mac'> {
  const { principal, action, object = {}, outcome, address, details = {} } = entry;
  return {
    actor: principal ? `${principal.kind}:${principal.id}` : 'nobody',
    actor_name: short(principal?.name ?? '', 200),
    action: short(action, 200),
    object: short(JSON.stringify(object), 2_000),
    outcome,
    address: short(address, 100),
    details: short(JSON.stringify(details), 4_000),
  };
}

/** What an HTTP status says of what was tried. */
export const outcomeOf = (status: number): NewEntry['outcome'] =>
  status < 400 ? 'done' : status === 403 || status === 404 ? 'refused' : 'failed';
