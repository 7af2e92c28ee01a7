import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { macOf } from './mac.ts';

it('is the HMAC-SHA256 of RFC 4231, by whichever key', () => {
  const jefe = Buffer.from('Jefe');
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  for (let again = 0; again < 2; again++) {
    expect(macOf(jefe, 'what do ya want for nothing?').digest('hex')).toBe(expected);
  }
  const others = [randomBytes(32), randomBytes(32), Buffer.alloc(0)];
  for (const key of [...others, ...others]) {
    expect(macOf(key, 'text').digest()).toEqual(createHmac('sha256', key).update('text').digest());
  }
});
