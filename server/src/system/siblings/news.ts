import { createHmac, timingSafeEqual } from 'node:crypto';
import { BoxesEvent, ManagerEvent, MetricsEvent } from '@nightjar/contract/manager';
import { z } from 'zod';

/** What servers of one installation tell each other. */
export const SiblingNews = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), event: z.union([ManagerEvent, MetricsEvent, BoxesEvent]) }),
  /** What the engine is to converge on is another. */
  z.object({ kind: z.literal('streams') }),
  /** Somebody's rights may be others. */
  z.object({ kind: z.literal('access') }),
  z.object({
    kind: z.literal('guess'),
    whose: z.enum(['people', 'clients']),
    name: z.string().max(500),
    place: z.object({ address: z.string().max(100), known: z.boolean() }),
  }),
]);
export type SiblingNews = z.infer<typeof SiblingNews>;

const Envelope = z.object({ from: z.string(), news: SiblingNews });

/** Bytes of one message that are looked at. */
const MAX_BYTES = 64 * 1024;

const macOf = (key: Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(`siblings ${text}`).digest();

/** Signed with what only this installation's servers know: whoever may write to Redis tells them nothing. */
export function wrap(key: Buffer, from: string, news: SiblingNews): string {
  const text = JSON.stringify({ from, news });
  return `${macOf(key, text).toString('base64url')}.${text}`;
}

/** Undefined for what no sibling said, and for what a newer one says that is not known here. */
export function unwrap(key: Buffer, message: string): { from: string; news: SiblingNews } | undefined {
  if (message.length > MAX_BYTES) return undefined;
  const [mac = ''] = message.split('.', 1);
  const text = message.slice(mac.length + 1);
  const expected = macOf(key, text);
  const given = Buffer.from(mac, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return Envelope.safeParse(JSON.parse(text)).data;
}
