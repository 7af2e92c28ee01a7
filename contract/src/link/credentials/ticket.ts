import { timingSafeEqual } from 'node:crypto';
import { DoorTicket } from '../messages.ts';
import { macOf } from './mac.ts';

/**
 * How the grant inside a ticket begins. Whoever holds a ticket can read it there, so that nobody is let in by it: it
 * serves the engine alone, to ask about somebody who watches.
 */
export const GRANT_PREFIX = 'ng_';

const mac = (key: Buffer, body: string): Buffer => macOf(key, body).digest();

/** `base64url(json).base64url(hmac-sha256)`; goes to the engine's door as header `x-nightjar-ticket`. */
export function signTicket(key: Buffer, ticket: DoorTicket): string {
  const body = Buffer.from(JSON.stringify(ticket)).toString('base64url');
  return `${body}.${mac(key, body).toString('base64url')}`;
}

/** The ticket when its signature holds and it has not expired at `nowSeconds`, else undefined. */
export function openTicket(key: Buffer, text: string, nowSeconds: number): DoorTicket | undefined {
  const dot = text.indexOf('.');
  if (dot <= 0) return undefined;
  const body = text.slice(0, dot);
  const given = Buffer.from(text.slice(dot + 1), 'base64url');
  const expected = mac(key, body);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const parsed = DoorTicket.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString()));
  return parsed.success && parsed.data.exp >= nowSeconds ? parsed.data : undefined;
}
