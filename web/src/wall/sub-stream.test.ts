import { describe, expect, it } from 'vitest';
import type { StreamSummary } from '../api/types.ts';
import { mainStreams, pictureFor } from './sub-stream.ts';

const stream = (id: string, state: StreamSummary['state'] = 'live', onDemand = false) =>
  ({ id, state, on_demand: { enabled: onDemand } }) as StreamSummary;

it('a wall lists cameras, and not their small pictures', () => {
  const ids = ['yard', 'yard-sub', 'door', 'shed-sub'].map((id) => ({ id }));
  expect(mainStreams(ids).map(({ id }) => id)).toEqual(['yard', 'door', 'shed-sub']);
});

describe('a tile shows', () => {
  const yard = stream('yard');
  it.each([
    ['the small picture', [yard, stream('yard-sub')], false, 'yard-sub'],
    ['the small picture on demand', [yard, stream('yard-sub', 'ready', true)], false, 'yard-sub'],
    ['the large one where the tile is large', [yard, stream('yard-sub')], true, 'yard'],
    ['the large one while the small one is away', [yard, stream('yard-sub', 'reconnecting')], false, 'yard'],
    ['the large one without another', [yard], false, 'yard'],
  ])('%s', (_, streams, large, id) => expect(pictureFor(yard, streams, large).id).toBe(id));
});
