import { expect, it } from 'vitest';
import type { Activity, Bookmark } from '../api/types.ts';
import { bookmarkMarks, eventMarks } from './use-marks.ts';

const AT = '2026-01-01T10:00:00.000Z';
const event = (type: string, more: Partial<Activity> = {}) =>
  ({ id: type, at: AT, type, kind: 'event', severity: 'info', message: null, ...more }) as Activity;

it('events are marks at their moment, those that happen all the time are none', () => {
  const marks = eventMarks([
    event('segment.opened'),
    event('viewer.joined'),
    event('camera.notice', { message: 'motion' }),
    event('stream.error', { severity: 'error' }),
    event('recording.viewed', { kind: 'action' }),
  ]);
  expect(marks.map(({ key, kind, from, to }) => [key, kind, from, to])).toEqual([
    ['camera.notice', 'event', Date.parse(AT), Date.parse(AT)],
    ['stream.error', 'problem', Date.parse(AT), Date.parse(AT)],
  ]);
  expect(marks[0]!.label).toContain('motion');
});

it('a bookmark is the part that it keeps', () => {
  const bookmark = { id: 'b', center_timestamp: AT, before_seconds: 5, after_seconds: 10, label: 'cat' };
  const [mark] = bookmarkMarks([bookmark as Bookmark]);
  expect(mark).toMatchObject({ from: Date.parse(AT) - 5_000, to: Date.parse(AT) + 10_000, kind: 'bookmark' });
  expect(mark!.label).toContain('cat');
});
