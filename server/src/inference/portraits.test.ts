import { expect, test } from 'vitest';
import type { Event } from '../events/index.ts';
import type { NewSnapshot } from '../snapshots/index.ts';
import { Portraits } from './portraits.ts';

const AT = '2026-01-15T10:30:00.000Z';
const LATER = '2026-01-15T10:30:04.000Z';
const box: [number, number, number, number] = [0.1, 0.2, 0.3, 0.4];
const found = (
  type: 'detection.started' | 'detection.ended',
  object_id: string,
  at: string,
  stream_id = 'yard',
) =>
  ({
    ...{ type, id: 1, stream_id, object_id, class: 'person', score: 0.8, box },
    ...{ since: AT, timestamp: AT, best: { at, score: 0.9, box } },
  }) as Event;

/** What is kept at the end, of what a test says. */
async function kept(events: readonly Event[], footage = true): Promise<NewSnapshot[]> {
  const pictures = new Map<string, NewSnapshot>();
  let made = 0;
  const portraits = new Portraits({
    wanted: async (id) => id !== 'quiet',
    create: async (snapshot) => {
      if (snapshot.at !== undefined && !footage) throw new Error('no footage');
      const id = `sn-${++made}`;
      pictures.set(id, snapshot);
      return { id, streamId: snapshot.streamId };
    },
    remove: async ({ id }) => void pictures.delete(id),
    failed: (error) => {
      throw error;
    },
  });
  for (const event of events) {
    portraits.observe(event);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return [...pictures.values()];
}

test('of each thing one picture is kept: the best there is', async () => {
  const seen = [found('detection.started', 'a', AT), found('detection.ended', 'a', LATER)];
  expect(await kept(seen)).toMatchObject([
    {
      ...{ streamId: 'yard', source: 'historical', at: Date.parse(LATER), owner: 'system:inference' },
      metadata: { object_id: 'a', class: 'person', score: 0.9, box },
    },
  ]);
});

test.each([
  ['while it is there', [found('detection.started', 'a', AT)], true],
  [
    'of which no better was seen',
    [found('detection.started', 'a', AT), found('detection.ended', 'a', AT)],
    true,
  ],
  [
    'of which there is no footage',
    [found('detection.started', 'a', AT), found('detection.ended', 'a', LATER)],
    false,
  ],
])('of a thing %s the first picture stays', async (_, events, footage) => {
  expect(await kept(events, footage)).toMatchObject([{ source: 'live', at: undefined }]);
});

test('nothing is kept where nobody wants it, or of things whose beginning was not seen', async () => {
  expect(
    await kept([found('detection.started', 'a', AT, 'quiet'), found('detection.ended', 'b', LATER)]),
  ).toEqual([]);
});
