import type { ViewerEnd } from '@nightjar/contract';
import type { Fact } from '@nightjar/contract/link';
import { FakeClock } from '@nightjar/media/testing';
import { expect, test } from 'vitest';
import { QuietLog } from '../testing/index.ts';
import { ViewerLimitError, type ViewerRequest, Viewers } from './index.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');

interface World {
  readonly clock: FakeClock;
  readonly facts: Fact[];
  readonly asked: string[];
  readonly counts: [string, number][];
  readonly viewers: Viewers;
  /** What the server answers to a proof. */
  readonly answers: Map<string, boolean | undefined>;
}

function world(limit?: number): World {
  const clock = new FakeClock({ utc: START });
  const facts: Fact[] = [];
  const asked: string[] = [];
  const counts: [string, number][] = [];
  const answers = new Map<string, boolean | undefined>();
  const viewers = new Viewers({
    clock,
    fact: (fact) => facts.push(fact),
    allowed: async (streamId, proof) => {
      asked.push(`${streamId} ${proof}`);
      return answers.get(proof);
    },
    onCount: (streamId, count) => counts.push([streamId, count]),
    ...(limit === undefined ? {} : { limit }),
    log: new QuietLog(),
  });
  return { clock, facts, asked, counts, viewers, answers };
}

function request(closed: ViewerEnd[], change: Partial<ViewerRequest> = {}): ViewerRequest {
  return {
    streamId: 'yard',
    protocol: 'mse',
    who: 'person:p1',
    address: '192.0.2.7',
    proof: 'grant-1',
    close: (reason) => closed.push(reason),
    ...change,
  };
}

test('a coming and a going are facts, with what was sent between them', () => {
  const { clock, facts, counts, viewers } = world();
  const viewer = viewers.open(request([]));
  viewer.bytes += 1000;
  viewer.dropped += 2;
  clock.advance(1_500);
  expect(viewers.samples).toEqual([{ id: viewer.id, bytes: 1000, dropped: 2 }]);
  viewer.end('left');
  viewer.end('failed');
  const about = {
    id: viewer.id,
    stream_id: 'yard',
    protocol: 'mse',
    who: 'person:p1',
    address: '192.0.2.7',
    since: '2026-03-01T12:00:00.000Z',
  };
  expect(facts).toEqual([
    { kind: 'viewer.opened', ...about },
    {
      kind: 'viewer.closed',
      ...about,
      bytes: 1000,
      dropped: 2,
      at: '2026-03-01T12:00:01.500Z',
      reason: 'left',
    },
  ]);
  expect(counts).toEqual([
    ['yard', 1],
    ['yard', 0],
  ]);
  expect(viewers.facts).toEqual([]);
});

test('who loses the right to watch is closed within 5 s; others and those nobody can vouch for stay', async () => {
  const { clock, facts, viewers, answers } = world();
  const lost: ViewerEnd[] = [];
  const kept: ViewerEnd[] = [];
  viewers.open(request(lost, { proof: 'revoked' }));
  viewers.open(request(kept, { proof: 'good' }));
  viewers.open(request(kept, { proof: 'no-server' }));
  viewers.open(request(kept, { proof: undefined }));
  answers.set('revoked', false).set('good', true);
  clock.advance(5_000);
  await new Promise(setImmediate);
  expect(lost).toEqual(['right_ended']);
  expect(kept).toEqual([]);
  expect(viewers.count('yard')).toBe(3);
  expect(facts.at(-1)).toMatchObject({ kind: 'viewer.closed', reason: 'right_ended' });
});

test('one question serves all who watch a stream with one proof; none is asked when nobody watches', async () => {
  const { clock, asked, viewers } = world();
  const all = [1, 2, 3].map(() => viewers.open(request([])));
  const other = viewers.open(request([], { streamId: 'door' }));
  clock.advance(4_000);
  await new Promise(setImmediate);
  expect(asked.toSorted()).toEqual(['door grant-1', 'yard grant-1']);
  for (const viewer of [...all, other]) viewer.end('left');
  clock.advance(20_000);
  expect(asked).toHaveLength(2);
});

test('viewers are closed by choice, once, and all at the end', () => {
  const { viewers } = world();
  const yard: ViewerEnd[] = [];
  const door: ViewerEnd[] = [];
  viewers.open(request(yard));
  viewers.open(request(door, { streamId: 'door' }));
  const closed = viewers.closeWhere((viewer) => viewer.request.streamId === 'yard', 'stream_removed');
  expect([closed, yard, door]).toEqual([1, ['stream_removed'], []]);
  viewers.close();
  expect([yard, door]).toEqual([['stream_removed'], ['shutdown']]);
  expect(() => viewers.open(request([]))).toThrow(ViewerLimitError);
});

test('there is a limit, and a way out that fails to close does not keep the others', () => {
  const { viewers } = world(2);
  const closed: ViewerEnd[] = [];
  viewers.open(
    request([], {
      close: () => {
        throw new Error('socket');
      },
    }),
  );
  viewers.open(request(closed));
  expect(() => viewers.open(request([]))).toThrow(ViewerLimitError);
  viewers.close();
  expect(closed).toEqual(['shutdown']);
});
