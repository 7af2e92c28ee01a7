import { describe, expect, it } from 'vitest';
import { csrfToken } from './cookies.ts';
import { cleanToken, isToken, tokenStore } from './token.ts';

describe('the token', () => {
  it.each([
    [' abc \n', 'abc'],
    ['Bearer abc', 'abc'],
    ['bearer  abc', 'abc'],
    ['"abc"', 'abc'],
    ["'abc'", 'abc'],
    ['"abc', '"abc'],
  ])('%j is meant as %s', (text, token) => expect(cleanToken(text)).toBe(token));

  it.each([
    ['abc-_.~+/=', true],
    ['', false],
    ['a b', false],
    ['a\r\nb', false],
    ['tökén', false],
  ])('%j can be sent: %s', (token, possible) => expect(isToken(token)).toBe(possible));

  it('is kept and forgotten', () => {
    const entries = new Map<string, string>();
    const store = tokenStore({
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
      removeItem: (key: string) => void entries.delete(key),
    } as unknown as Storage);
    expect(store.read()).toBeNull();
    store.write('abc');
    expect(store.read()).toBe('abc');
    store.clear();
    expect(store.read()).toBeNull();
    expect(entries.size).toBe(0);
  });
});

describe('the CSRF token', () => {
  it.each([
    ['nj_csrf=abc', 'abc'],
    ['a=b; nj_csrf=a.b-c; c=d', 'a.b-c'],
    ['xnj_csrf=abc', undefined],
    ['', undefined],
  ])('of %j is %s', (cookies, token) => expect(csrfToken(cookies)).toBe(token));
});
