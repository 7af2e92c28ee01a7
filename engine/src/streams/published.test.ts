import { setImmediate } from 'node:timers/promises';
import { type PublisherTakeover, publishKeyHash } from '@nightjar/contract/link';
import { MediaStream } from '@nightjar/media/stream';
import { FakeClock } from '@nightjar/media/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Admission,
  type Publisher,
  Publishers,
  SourceError,
  type SourceOptions,
} from '../sources/index.ts';
import { CountingPool, desiredStream, QuietLog, videoTrack } from '../testing/index.ts';
import { StreamLifeCycle } from './state.ts';
import { SourceSupervisor } from './supervisor.ts';

const KEY = 'k'.repeat(32);

class Pushed implements Publisher {
  readonly counters = { bytes: 7, packets: 1, lost: 0, dropped: 0 };
  lastFrame: number;
  readonly ended: string[] = [];
  readonly options: SourceOptions;

  constructor(options: SourceOptions) {
    this.options = options;
    this.lastFrame = options.clock.monotonic();
  }

  goLive(): this {
    this.options.stream.setTracks([videoTrack()]);
    this.options.onReady();
    this.options.onLive();
    return this;
  }

  end(reason: string): void {
    this.ended.push(reason);
    this.options.stream.setTracks([]);
  }
}

let clock: FakeClock;
let takeover: PublisherTakeover;
let publishers: Publishers;
let states: string[];
let supervisor: SourceSupervisor;

beforeEach(async () => {
  clock = new FakeClock();
  takeover = 'when_silent';
  publishers = new Publishers(() => takeover);
  states = [];
  const lifeCycle = new StreamLifeCycle(({ state, fault, message }) =>
    states.push([state, fault, message].filter(Boolean).join(': ')),
  );
  supervisor = new SourceSupervisor({
    desired: () =>
      desiredStream('cam', {
        source: { url: 'publish:', publish_key_hash: publishKeyHash(KEY) },
        reconnect: { enabled: false, max_attempts: 1, backoff_ms: 30_000 },
      }),
    lifeCycle,
    sources: new Map([['publish:', publishers.start]]),
    stream: new MediaStream({ stamp: () => undefined }),
    pool: new CountingPool(),
    clock,
    random: () => 0.5,
    log: new QuietLog(),
  });
  supervisor.start();
  await setImmediate();
});

/** Lets a publisher in that must be let in. */
async function admitted(): Promise<{ pushed: Pushed; admission: Admission }> {
  let pushed: Pushed | undefined;
  const admission = await publishers.admit(KEY, (options) => {
    pushed = new Pushed(options);
    return pushed;
  });
  if (typeof admission === 'string' || !pushed) throw new Error(String(admission));
  return { pushed, admission };
}

describe('a stream that is published to', () => {
  it('waits, goes live with its publisher and waits again without a pause when that goes', async () => {
    expect(states).toEqual(['connecting']);
    for (const round of [1, 2, 3]) {
      const { pushed, admission } = await admitted();
      pushed.goLive();
      expect(supervisor.run?.counters.bytes).toBe(7);
      admission.lost(new SourceError('closed_by_camera', `the publisher left ${round}`, 'at once'));
      await setImmediate();
      expect(pushed.ended).toEqual([`the publisher left ${round}`]);
      expect(states.splice(0)).toEqual([
        ...(round === 1 ? ['connecting'] : []),
        'ready',
        'live',
        `reconnecting: closed_by_camera: the publisher left ${round}`,
      ]);
    }
  });

  it.each(['', 'wrong', `${KEY}x`, KEY.slice(1)])('does not know the key %j', async (key) => {
    const answer = await publishers.admit(key, () => {
      throw new Error('not to be made');
    });
    expect(answer).toBe('unknown_key');
  });

  it('quirk 64: keeps a publisher that sends and lets another have its place when it was silent', async () => {
    const first = await admitted();
    first.pushed.goLive();
    const second = publishers.admit(KEY, (options) => new Pushed(options));
    expect(await second).toBe('taken');
    clock.advance(5_000);
    const third = await admitted();
    expect(first.pushed.ended).toEqual(['another publisher took over']);
    third.pushed.goLive();
    // What the first one does from here on is of no consequence.
    first.admission.lost(new SourceError('closed_by_camera', 'late'));
    await setImmediate();
    expect(third.pushed.ended).toEqual([]);
    expect(states.at(-1)).toBe('live');
  });

  it('by the policy gives its place to whoever comes, or to nobody before it is given up', async () => {
    const first = await admitted();
    first.pushed.goLive();
    takeover = 'always';
    const second = await admitted();
    expect(first.pushed.ended).toEqual(['another publisher took over']);
    takeover = 'never';
    clock.advance(9_000);
    expect(await publishers.admit(KEY, (options) => new Pushed(options))).toBe('taken');
    clock.advance(1_000);
    await setImmediate();
    expect(second.pushed.ended).toEqual(['the publisher sent no picture for 10 s']);
    await admitted();
  });

  it('ends a publisher that sends nothing', async () => {
    const { pushed } = await admitted();
    pushed.goLive();
    clock.advance(9_000);
    pushed.lastFrame = clock.monotonic();
    clock.advance(9_000);
    await setImmediate();
    expect(pushed.ended).toEqual([]);
    clock.advance(1_000);
    await setImmediate();
    expect(pushed.ended).toEqual(['the publisher sent no picture for 10 s']);
    expect(states.at(-1)).toContain('reconnecting: no_media');
  });

  it('ends its publisher when it is stopped and then knows no key', async () => {
    const { pushed } = await admitted();
    await supervisor.stop();
    expect(pushed.ended).toEqual(['the stream was stopped']);
    expect(await publishers.admit(KEY, (options) => new Pushed(options))).toBe('unknown_key');
    expect(publishers.streamOf(KEY)).toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});
