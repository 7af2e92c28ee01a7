import { setImmediate } from 'node:timers/promises';
import type { DesiredStream } from '@nightjar/contract/link';
import { MediaStream } from '@nightjar/media/stream';
import { FakeClock } from '@nightjar/media/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountingPool, desiredStream, QuietLog, ScriptedSource, videoTrack } from '../testing/index.ts';
import { MAX_PAUSE, pauseBefore } from './backoff.ts';
import { StreamLifeCycle } from './state.ts';
import { SourceSupervisor } from './supervisor.ts';

class Rig {
  readonly clock = new FakeClock();
  readonly camera = new ScriptedSource();
  readonly log = new QuietLog();
  readonly states: string[] = [];
  readonly lifeCycle = new StreamLifeCycle(({ state, fault }) =>
    this.states.push(fault ? `${state} ${fault}` : state),
  );
  readonly supervisor: SourceSupervisor;
  desired: DesiredStream;

  constructor(changes: Partial<DesiredStream> = {}) {
    this.desired = desiredStream('cam', changes);
    this.supervisor = new SourceSupervisor({
      desired: () => this.desired,
      lifeCycle: this.lifeCycle,
      sources: new Map([['rtsp:', this.camera.start]]),
      stream: new MediaStream({ stamp: () => undefined }),
      pool: new CountingPool(),
      clock: this.clock,
      random: () => 0.5,
      log: this.log,
    });
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await setImmediate();
  }

  async lose(fault: Parameters<ScriptedSource['run']['lose']>[0]): Promise<void> {
    this.camera.run.lose(fault);
    await setImmediate();
  }

  goLive(): void {
    this.camera.run.ready([videoTrack()]).live();
  }
}

const reconnect = (changes: Partial<DesiredStream['reconnect']>) => ({
  reconnect: { enabled: true, max_attempts: 0, backoff_ms: 500, ...changes },
});

describe('the pause before an attempt', () => {
  it.each([
    [1, 500, 0, 0.5, 500],
    [2, 500, 0, 0.5, 1_000],
    [4, 500, 0, 0.5, 4_000],
    [5, 500, 0, 0.5, 4_000],
    [1_000_000, 500, 0, 0.5, 4_000],
    [9, 500, 0, 1, 4_800],
    [6, 500, 9, 0.5, 16_000],
    [7, 500, 9, 0.5, 30_000],
    [1, 500, 0, 0, 400],
    [1, 500, 0, 1, 600],
    [9, 500, 9, 0, 24_000],
    [9, 500, 9, 1, 36_000],
    [1, 30_000, 0, 0.5, 30_000],
  ])('%i from %i ms, of at most %i, with %d is %i ms', (n, backoff_ms, max_attempts, random, ms) => {
    expect(pauseBefore(n, { backoff_ms, max_attempts }, () => random)).toBe(ms);
  });

  it('lies within 20 % of the doubling, which ends', () => {
    const attempt = fc.integer({ min: 1, max: 5_000 });
    const first = fc.integer({ min: 100, max: 30_000 });
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(attempt, first, fc.boolean(), unit, (n, backoff_ms, endless, random) => {
        const longest = Math.max(backoff_ms, endless ? MAX_PAUSE.endless : MAX_PAUSE.counted);
        const plain = Math.min(backoff_ms * 2 ** (n - 1), longest);
        const pause = pauseBefore(n, { backoff_ms, max_attempts: endless ? 0 : 3 }, () => random);
        expect(pause).toBeGreaterThanOrEqual(Math.floor(plain * 0.8));
        expect(pause).toBeLessThanOrEqual(Math.ceil(plain * 1.2));
      }),
    );
  });
});

describe('a supervisor', () => {
  it('keeps trying first contact, ever more slowly', async () => {
    const rig = new Rig();
    rig.supervisor.start();
    for (const [attempt, pause] of [500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000].entries()) {
      expect(rig.camera.runs.length).toBe(attempt + 1);
      await rig.lose('refused');
      await rig.advance(pause - 1);
      expect(rig.camera.runs.length).toBe(attempt + 1);
      await rig.advance(1);
    }
    expect(rig.states).toEqual(['connecting', ...Array.from({ length: 8 }, () => 'connecting refused')]);
    await rig.supervisor.stop();
    expect(rig.clock.pending).toBe(0);
    expect(rig.camera.open).toEqual([]);
  });

  it('goes live, reconnects when that is lost, and goes live again', async () => {
    const rig = new Rig();
    rig.supervisor.start();
    rig.goLive();
    await rig.lose('no_media');
    expect(rig.supervisor.run).toBeUndefined();
    await rig.advance(500);
    await rig.lose('timeout');
    await rig.advance(1_000);
    rig.goLive();
    expect(rig.states).toEqual([
      'connecting',
      'ready',
      'live',
      'reconnecting no_media',
      'reconnecting timeout',
      'ready',
      'live',
    ]);
    expect(rig.supervisor.reconnects).toBe(1);
    expect(rig.supervisor.run).toBe(rig.camera.run);
    await rig.supervisor.stop();
  });

  it('counts attempts from the last key frame on', async () => {
    const rig = new Rig(reconnect({ max_attempts: 2 }));
    rig.supervisor.start();
    for (let round = 0; round < 5; round++) {
      await rig.lose('timeout');
      await rig.advance(500);
      rig.goLive();
      await rig.lose('closed_by_camera');
      await rig.advance(500);
    }
    expect(rig.lifeCycle.state).toBe('reconnecting');
    expect(rig.supervisor.reconnects).toBe(5);
    await rig.supervisor.stop();
  });

  it.each([1, 2, 5])('gives up after %i repetitions', async (max_attempts) => {
    const rig = new Rig(reconnect({ max_attempts }));
    rig.supervisor.start();
    for (let attempt = 0; attempt <= max_attempts; attempt++) {
      expect(rig.lifeCycle.state).toBe('connecting');
      await rig.lose('unreachable');
      await rig.advance(MAX_PAUSE.counted);
    }
    expect(rig.states.at(-1)).toBe('failed unreachable');
    expect(rig.camera.runs.length).toBe(max_attempts + 1);
    expect(rig.supervisor.running).toBe(false);
    expect(rig.clock.pending).toBe(0);
  });

  it('gives up at once when reconnecting is off', async () => {
    const rig = new Rig(reconnect({ enabled: false }));
    rig.supervisor.start();
    rig.goLive();
    await rig.lose('closed_by_camera');
    expect(rig.states.at(-1)).toBe('failed closed_by_camera');
    expect(rig.supervisor.running).toBe(false);
  });

  it.each(['auth_failed', 'target_denied'] as const)('does not repeat what failed with %s', async (fault) => {
    for (const before of ['connecting', 'ready', 'live', 'reconnecting'] as const) {
      const rig = new Rig();
      rig.supervisor.start();
      if (before === 'ready') rig.camera.run.ready([videoTrack()]);
      if (before === 'live' || before === 'reconnecting') rig.goLive();
      if (before === 'reconnecting') {
        await rig.lose('timeout');
        await rig.advance(500);
      }
      expect(rig.lifeCycle.state).toBe(before);
      await rig.lose(fault);
      expect(rig.states.at(-1)).toBe(`failed ${fault}`);
      expect(rig.clock.pending).toBe(0);
      expect(rig.supervisor.running).toBe(false);
    }
  });

  it('that lost tracks before a key frame is connecting again, not reconnecting', async () => {
    const rig = new Rig();
    rig.supervisor.start();
    rig.camera.run.ready([videoTrack()]);
    await rig.lose('no_media');
    expect(rig.states).toEqual(['connecting', 'ready', 'connecting no_media']);
    expect(rig.supervisor.reconnects).toBe(0);
    await rig.supervisor.stop();
  });

  it('stops during a run and during a wait, and starts afresh', async () => {
    const rig = new Rig();
    rig.supervisor.start();
    rig.supervisor.start();
    expect(rig.camera.runs.length).toBe(1);
    rig.goLive();
    await rig.supervisor.stop();
    expect(rig.camera.run.over).toBe(true);
    rig.lifeCycle.move('stopped');

    rig.supervisor.start();
    await rig.lose('refused');
    expect(rig.clock.pending).toBe(1);
    await rig.supervisor.stop();
    await rig.supervisor.stop();
    expect(rig.clock.pending).toBe(0);
    expect(rig.supervisor.running).toBe(false);
    rig.lifeCycle.move('stopped');
    expect(rig.states.slice(3)).toEqual(['stopped', 'connecting', 'connecting refused', 'stopped']);
    expect(rig.log.lines).toEqual([]);
  });

  it('takes each attempt to the source as it is then', async () => {
    const rig = new Rig();
    rig.supervisor.start();
    await rig.lose('refused');
    rig.desired = { ...rig.desired, source: { url: 'RTSP://elsewhere.test/x', username: 'u' } };
    await rig.advance(500);
    expect(rig.camera.run.options.source).toEqual({ url: 'RTSP://elsewhere.test/x', username: 'u' });
    await rig.supervisor.stop();
  });

  it('keeps one media zero over all runs', async () => {
    const rig = new Rig();
    rig.clock.advance(1_234);
    rig.supervisor.start();
    await rig.lose('refused');
    await rig.advance(500);
    expect(new Set(rig.camera.runs.map(({ options }) => options.zero))).toEqual(new Set([0]));
    await rig.supervisor.stop();
  });

  it('does not run wild on a URL that nobody reads', async () => {
    const rig = new Rig({ source: { url: 'gopher://camera.test/x' } });
    rig.supervisor.start();
    await setImmediate();
    expect(rig.states).toEqual(['connecting', 'connecting not_rtsp']);
    expect(rig.clock.pending).toBe(1);
    await rig.supervisor.stop();
  });

  it('survives a source that breaks in an unknown way, and says so', async () => {
    const rig = new Rig();
    rig.supervisor.start();
    rig.camera.run.break(new TypeError('a bug'));
    await setImmediate();
    expect(rig.states.at(-1)).toBe('connecting internal');
    expect(rig.log.lines).toMatchObject([
      { level: 'error', about: { stream_id: 'cam', error: { message: 'a bug' } } },
    ]);
    await rig.advance(500);
    expect(rig.camera.runs.length).toBe(2);
    await rig.supervisor.stop();
    expect(rig.log.lines.length).toBe(1);
  });

  it('survives a source that cannot even be made', async () => {
    const rig = new Rig();
    const states: string[] = [];
    const lifeCycle = new StreamLifeCycle(({ state, fault }) => states.push(`${state} ${fault}`));
    const supervisor = new SourceSupervisor({
      desired: () => rig.desired,
      lifeCycle,
      sources: new Map([
        [
          'rtsp:',
          () => {
            throw new RangeError('no source');
          },
        ],
      ]),
      stream: new MediaStream({ stamp: () => undefined }),
      pool: new CountingPool(),
      clock: rig.clock,
      random: () => 0.5,
      log: rig.log,
    });
    supervisor.start();
    await setImmediate();
    expect(states.at(-1)).toBe('connecting internal');
    await supervisor.stop();
  });
});
