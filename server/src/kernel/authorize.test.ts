import { ALL_SCOPES, type Scope } from '@nightjar/contract';
import { describe, expect, test } from 'vitest';
import { authorize, type Protected, sees, seesUnblurred } from './authorize.ts';
import type { Principal, Reach } from './http/index.ts';

const principal = (scopes: readonly Scope[], reach: Reach): Principal => ({
  kind: 'person',
  id: 'p',
  name: 'p',
  scopes,
  reach,
});
const stream = (id: string): Protected => ({ kind: 'stream', id });
const some: Reach = new Map<string, Scope[] | null>([
  ['whole', null],
  ['part', ['streams:read']],
  ['nothing', []],
]);

describe('who may do what', () => {
  const reader: Scope[] = ['streams:read', 'streams:unblurred'];
  const table: [Principal | undefined, Scope, Protected, string][] = [
    [undefined, 'streams:read', stream('whole'), 'unauthenticated'],
    [undefined, 'streams:read', { kind: 'listing' }, 'unauthenticated'],
    [principal([], 'all'), 'streams:read', stream('whole'), 'forbidden'],
    [principal([], some), 'streams:read', stream('foreign'), 'forbidden'],
    [principal(reader, 'all'), 'streams:read', stream('any'), 'allowed'],
    [principal(reader, 'all'), 'streams:read', { kind: 'system' }, 'allowed'],
    [principal(reader, 'all'), 'streams:write', stream('any'), 'forbidden'],
    [principal(reader, some), 'streams:read', stream('whole'), 'allowed'],
    [principal(reader, some), 'streams:unblurred', stream('whole'), 'allowed'],
    [principal(reader, some), 'streams:unblurred', stream('part'), 'forbidden'],
    [principal(reader, some), 'streams:read', stream('part'), 'allowed'],
    [principal(reader, some), 'streams:read', stream('nothing'), 'forbidden'],
    [principal(reader, some), 'streams:read', stream('foreign'), 'hidden'],
    [principal(reader, some), 'streams:read', stream('unknown'), 'hidden'],
    [principal(reader, some), 'streams:read', stream(''), 'hidden'],
    [principal(reader, some), 'streams:read', { kind: 'system' }, 'forbidden'],
    [principal(reader, some), 'streams:read', { kind: 'listing' }, 'allowed'],
    [principal(reader, new Map()), 'streams:read', stream('whole'), 'hidden'],
  ];
  test.each(table)('%j %s %j: %s', (who, action, object, verdict) => {
    expect(authorize(who, action, object)).toBe(verdict);
  });

  test('a grant never gives what the principal has not', () => {
    for (const own of ALL_SCOPES) {
      for (const granted of ALL_SCOPES) {
        const who = principal([own], new Map([['cam', [granted]]]));
        for (const action of ALL_SCOPES) {
          const expected = action === own && action === granted;
          expect(sees(who, action, 'cam')).toBe(expected);
        }
      }
    }
  });

  test('the original picture asks for a right of its own', () => {
    expect(seesUnblurred(principal(['streams:read'], 'all'), 'cam')).toBe(false);
    expect(seesUnblurred(principal(reader, 'all'), 'cam')).toBe(true);
    expect(seesUnblurred(principal(reader, some), 'part')).toBe(false);
    expect(seesUnblurred(undefined, 'cam')).toBe(false);
  });
});
