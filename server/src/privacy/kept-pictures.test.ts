import { PrivacyConfig, type Scope } from '@nightjar/contract';
import { expect, test } from 'vitest';
import type { Principal } from '../kernel/index.ts';
import type { StreamView } from '../streams/index.ts';
import { mayShowKept } from './kept-pictures.ts';

const SINCE = '2026-01-02T03:04:05.000Z';
const after = (ms: number): string => new Date(Date.parse(SINCE) + ms).toISOString();
const person = (scopes: Scope[]): Principal => ({ kind: 'person', id: 'p', name: 'p', scopes, reach: 'all' });
const view = (enabled: boolean, privacySince: string | null) => {
  const stream: Partial<StreamView['stream']> = {
    id: 'yard',
    privacy: PrivacyConfig.parse({ enabled }),
    privacySince,
  };
  return { stream: stream as StreamView['stream'] };
};
const eye = person(['bookmarks:read']);
const seer = person(['bookmarks:read', 'streams:unblurred']);

test.each([
  ['privacy is off', eye, view(false, null), after(-60_000), true],
  ['asked for before', eye, view(true, SINCE), after(-1), false],
  ['asked for while it was being turned on', eye, view(true, SINCE), after(4_999), false],
  ['asked for when it was on', eye, view(true, SINCE), after(5_000), true],
  ['nobody knows since when it is on', eye, view(true, null), after(5_000), false],
  ['asked for before, by who sees originals', seer, view(true, SINCE), after(-1), true],
  ['nobody asks', undefined, view(true, SINCE), after(-1), false],
] as const)('%s: shown %s', (_name, principal, stream, askedAt, shown) => {
  const ask = () => mayShowKept(principal, stream, askedAt);
  if (shown) expect(ask()).toBeUndefined();
  else expect(ask).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
});
