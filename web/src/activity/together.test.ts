import { expect, it } from 'vitest';
import type { Activity } from '../api/types.ts';
import { together } from './together.ts';

const item = (type: string, camera_id: string | null, message: string | null = null): Activity => ({
  id: '1',
  at: '2026-01-01T00:00:00.000Z',
  type,
  kind: 'event',
  severity: 'info',
  camera_id,
  camera_name: camera_id,
  actor: null,
  outcome: null,
  message,
});

it('joins neighbours that say the same, and no others', () => {
  const items = [
    item('stream.error', 'a', 'x'),
    item('stream.error', 'a', 'x'),
    item('stream.error', 'b', 'x'),
    item('stream.error', 'a', 'x'),
    item('stream.error', 'a', 'y'),
  ];
  expect(together(items).map(({ newest, count }) => [newest.camera_id, newest.message, count])).toEqual([
    ['a', 'x', 2],
    ['b', 'x', 1],
    ['a', 'x', 1],
    ['a', 'y', 1],
  ]);
});
