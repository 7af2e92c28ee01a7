import { expect, test } from 'vitest';
import type { NewBookmark } from '../bookmarks/index.ts';
import type { Event } from '../events/index.ts';
import { FakeClock } from '../testing/index.ts';
import { Marker } from './marker.ts';

const AT = '2026-01-15T10:30:00.000Z';
const box: [number, number, number, number] = [0.1, 0.2, 0.3, 0.4];
const found = (stream_id: string, kind: string): Event => ({
  ...{ type: 'detection.started', id: 1, stream_id, object_id: 'x-1', class: kind, score: 0.8, box },
  ...{ since: AT, timestamp: AT, best: { at: AT, score: 0.8, box } },
});

test('what is found is bookmarked where that is wanted, and a crowd once', async () => {
  const clock = new FakeClock();
  const made: NewBookmark[] = [];
  const marker = new Marker({
    clock,
    wanted: async (id) => id !== 'quiet',
    create: async (bookmark) => made.push(bookmark),
    failed: (error) => {
      throw error;
    },
  });
  const see = async (...events: Event[]): Promise<string[]> => {
    for (const event of events) {
      marker.observe(event);
      await Promise.resolve();
      await Promise.resolve();
    }
    return made.splice(0).map(({ streamId, label }) => `${streamId} ${label}`);
  };
  marker.observe(found('yard', 'person'));
  await Promise.resolve();
  await Promise.resolve();
  expect(made).toMatchObject([
    { streamId: 'yard', label: 'person', center: Date.parse(AT), confidence: 0.8, eventType: 'detection' },
  ]);
  made.length = 0;
  expect(await see(found('yard', 'person'), found('yard', 'car'), found('quiet', 'person'))).toEqual([
    'yard car',
  ]);
  clock.advance(30_000);
  expect(await see(found('yard', 'person'))).toEqual(['yard person']);
  marker.observe({ type: 'stream.removed', id: 2, stream_id: 'yard', timestamp: AT });
  expect(await see(found('yard', 'person'))).toEqual(['yard person']);
});
