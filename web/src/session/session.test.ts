import { describe, expect, it } from 'vitest';
import type { Permissions } from '../api/types.ts';
import { canOf } from './session.ts';

const permissions = (change: Partial<Permissions>): Permissions => ({
  kind: 'person',
  id: 'person-1',
  scopes: ['streams:read', 'recordings:write'],
  reach: 'all',
  streams: null,
  ...change,
});

describe('canOf', () => {
  const granted = permissions({ reach: 'granted', streams: [{ id: 'yard', scopes: ['streams:read'] }] });
  it.each([
    ['everything', permissions({}), 'streams:read', 'door', true],
    ['everything, no scope', permissions({}), 'users:write', undefined, false],
    ['granted, any stream', granted, 'recordings:write', undefined, true],
    ['granted, its stream', granted, 'streams:read', 'yard', true],
    ['granted, narrowed there', granted, 'recordings:write', 'yard', false],
    ['granted, another stream', granted, 'streams:read', 'door', false],
  ] as const)('%s', (_, what, scope, stream, allowed) => expect(canOf(what)(scope, stream)).toBe(allowed));
});
