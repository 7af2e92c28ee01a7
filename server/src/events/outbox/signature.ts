import { createHmac } from 'node:crypto';

/**
 * How a webhook is signed: `t={Unix seconds},v1={hex of HMAC-SHA-256 over "t.body"}`. Who receives it computes the
 * same, compares in constant time, and refuses times that are more than some minutes old.
 */
export function signatureOf(secret: string, body: string, seconds: number): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
