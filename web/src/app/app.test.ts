import { describe, expect, it } from 'vitest';
import { parseRoute, streamHash } from './route.ts';
import { cleanToken, isToken, tokenStore } from './session.ts';

describe('routes', () => {
  it.each([
    ['', { page: 'wall' }],
    ['#/', { page: 'wall' }],
    ['#/stream/', { page: 'wall' }],
    ['#/stream/a/b', { page: 'wall' }],
    ['#/stream/%E0%A4%A', { page: 'wall' }],
    ['#/stream/front-door', { page: 'stream', id: 'front-door' }],
    [streamHash('a b/c'), { page: 'stream', id: 'a b/c' }],
  ])('%s', (hash, route) => expect(parseRoute(hash)).toEqual(route));
});

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
