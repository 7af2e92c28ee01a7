import type { PartnerEvent } from './shapes.ts';

/** Seconds by which a call may be late, or a clock wrong. */
const TOLERANCE = 300;

/**
 * What a call to a webhook tells: `header` is `x-nightjar-signature`, `body` the bytes as they came. Rejects when it
 * was not signed with this secret, or is older than five minutes: somebody may have kept it.
 */
export async function openWebhook(secret: string, header: string, body: string): Promise<PartnerEvent> {
  const [, seconds = '', mac = ''] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  const encoder = new TextEncoder();
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), hmac, false, ['verify']);
  const sent = Uint8Array.from(mac.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const signed = await crypto.subtle.verify('HMAC', key, sent, encoder.encode(`${seconds}.${body}`));
  if (!signed) throw new Error('it is not signed with this secret');
  if (Math.abs(Date.now() / 1000 - Number(seconds)) > TOLERANCE) throw new Error('it is too old');
  return JSON.parse(body) as PartnerEvent;
}
