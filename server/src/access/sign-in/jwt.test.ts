import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openJwt, signJwt } from './jwt.ts';

describe('access tokens', () => {
  const key = Buffer.alloc(32, 7);
  const claims = { sub: 'person-1', sid: 'session-1', iat: 1_000, exp: 4_600 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (header: object, body: object, with_ = key) => {
    const text = `${part(header)}.${part(body)}`;
    return `${text}.${createHmac('sha256', with_).update(text).digest('base64url')}`;
  };
  const HEADER = { alg: 'HS256', typ: 'at+jwt' };
  const whole = { iss: 'nightjar', aud: 'nightjar', ...claims };

  test('open with what was signed, until they expire', () => {
    const token = signJwt(key, claims);
    expect(openJwt(key, token, 4_599)).toMatchObject(claims);
    expect(openJwt(key, token, 4_600)).toBeUndefined();
  });

  test.each([
    ['no signature', `${part({ alg: 'none', typ: 'at+jwt' })}.${part(whole)}.`],
    ['none in capitals', signed({ alg: 'NONE', typ: 'at+jwt' }, whole)],
    ['another algorithm', signed({ alg: 'HS512', typ: 'at+jwt' }, whole)],
    ['another kind of token', signed({ alg: 'HS256', typ: 'JWT' }, whole)],
    ['an embedded key', signed({ ...HEADER, jwk: {} }, whole)],
    ['another key', signed(HEADER, whole, Buffer.alloc(32, 8))],
    ['an empty key', signed(HEADER, whole, Buffer.alloc(0))],
    ['another issuer', signed(HEADER, { ...whole, iss: 'someone' })],
    ['another audience', signed(HEADER, { ...whole, aud: 'someone' })],
    ['no expiry', signed(HEADER, { ...whole, exp: undefined })],
    ['an expiry of text', signed(HEADER, { ...whole, exp: '9999999999' })],
    ['a list', signed(HEADER, [])],
    ['four parts', `${signed(HEADER, whole)}.x`],
    ['two parts', `${part(HEADER)}.${part(whole)}`],
    ['nothing', ''],
  ])('%s is refused', (_what, token) => expect(openJwt(key, token, 2_000)).toBeUndefined());

  test('every changed character of the signature is noticed', () => {
    const token = signJwt(key, claims);
    const at = token.lastIndexOf('.') + 1;
    for (let n = at; n < token.length - 1; n++) {
      const other = token[n] === 'A' ? 'B' : 'A';
      expect(openJwt(key, `${token.slice(0, n)}${other}${token.slice(n + 1)}`, 2_000)).toBeUndefined();
    }
  });
});
