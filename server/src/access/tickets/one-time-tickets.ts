import type { Clock } from '../../kernel/index.ts';
import { newSecret, tokenHash } from '../secrets.ts';

/** Seconds a ticket counts. */
export const TICKET_SECONDS = 30;
/** Held at once; past it the oldest goes. */
const MAX_TICKETS = 10_000;

/**
 * Tickets that stand in for a credential where only an address can be given: each counts once and for 30 s.
 * Memory only, hashed; a restart voids them.
 */
export class OneTimeTickets {
  readonly #clock: Clock;
  readonly #held = new Map<string, { credential: string; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A ticket for the bearer of `credential`, which must have been checked. */
  issue(credential: string): string {
    const now = this.#clock.monotonic();
    // Insertion order is order of expiry: every ticket lasts as long.
    for (const [key, { until }] of this.#held) {
      if (until > now && this.#held.size < MAX_TICKETS) break;
      this.#held.delete(key);
    }
    const ticket = newSecret('nt');
    this.#held.set(tokenHash(ticket), { credential, until: now + TICKET_SECONDS * 1000 });
    return ticket;
  }

  /** The credential behind a ticket, this once; undefined for one that is unknown, used or too old. */
  redeem(ticket: string): string | undefined {
    const key = tokenHash(ticket);
    const held = this.#held.get(key);
    this.#held.delete(key);
    return held && held.until > this.#clock.monotonic() ? held.credential : undefined;
  }
}
