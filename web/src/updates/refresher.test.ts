import { describe, expect, it } from 'vitest';
import { FakeClock } from '../clock/fake-clock.ts';
import { createRefresher, keysOf } from './refresher.ts';

describe('keysOf', () => {
  it.each([
    [{ type: 'stream.started', stream_id: 'yard' }, [['streams'], ['stream', 'yard']]],
    [{ type: 'recording.paused', stream_id: 'yard' }, [['streams'], ['stream', 'yard']]],
    [{ type: 'segment.closed', stream_id: 'yard' }, [['footage', 'yard']]],
    [{ type: 'system.engine_away' }, [['streams'], ['system']]],
    [{ type: 'events.gap' }, [['streams'], ['stream'], ['footage']]],
    [{ type: 'events.ready' }, []],
    [{ type: 'segment.closed', stream_id: 7 }, []],
    [{ type: 'pong' }, []],
  ])('%o', (event, keys) => expect(keysOf(event)).toEqual(keys));
});

it('a burst of events is one refresh of each key', async () => {
  const clock = new FakeClock();
  const refreshed: string[] = [];
  const refresher = createRefresher(clock, (key) => refreshed.push(key.join('/')));
  for (let i = 0; i < 50; i += 1) refresher.heard({ type: 'stream.ready', stream_id: `s${i % 2}` });
  expect(refreshed).toEqual([]);
  await clock.advance(400);
  expect(refreshed).toEqual(['streams', 'stream/s0', 'stream/s1']);
  refresher.heard({ type: 'stream.ready', stream_id: 's0' });
  refresher.close();
  await clock.advance(400);
  expect(refreshed).toHaveLength(3);
});
