import { setImmediate } from 'node:timers/promises';
import { FrameWriter, type Track } from '@nightjar/media/stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScriptedRun } from '../testing/index.ts';
import { audioTrack, desiredState, desiredStream, StreamsRig, until, videoTrack } from '../testing/index.ts';

/** Publishes seconds of pictures, a key frame each second, through a scripted run. */
function film(
  { options: { stream, pool, clock } }: ScriptedRun,
  track: Track,
  from: number,
  seconds: number,
): void {
  const writer = new FrameWriter({ track, pool, clock, push: (frame) => stream.push(frame) });
  for (let i = 0; i < seconds * 25; i++) {
    writer.begin();
    writer.nal(Buffer.alloc(200, i), 0, 200);
    writer.finish((from * 25 + i) * 3_600, (from * 25 + i) * 3_600, i % 25 === 0);
  }
  writer.close();
}

/** What a camera does next. */
function act(
  run: ScriptedRun | undefined,
  { live, fault }: { live: boolean; fault: 'timeout' | 'auth_failed' | 'no_media' | undefined },
): void {
  if (!run) return;
  if (live && run.options.stream.tracks.length === 0) run.ready([videoTrack()]).live();
  if (fault) run.lose(fault);
}

const recorded = { recording: { enabled: true, segment_duration: 60 } };

describe('the registry', () => {
  it('reaches nothing before the first desired state', () => {
    const { registry } = new StreamsRig();
    expect(registry.outbound).toEqual({ allow: [], deny: ['0.0.0.0/0', '::/0'], ports: [] });
    expect(registry.basePath).toBeUndefined();
    expect(registry.observed()).toEqual([]);
    expect(registry.samples()).toEqual([]);
    expect(registry.get('cam')).toBeUndefined();
  });

  it('starts streams, observes them and samples them', async () => {
    const rig = new StreamsRig();
    rig.registry.apply(desiredState([desiredStream('a'), desiredStream('b', { running: false })]));
    await rig.registry.settled();
    await rig.advance(1_000);
    rig.camera.run.ready([videoTrack(), audioTrack()]).live();
    expect(rig.registry.observed()).toEqual([
      {
        id: 'a',
        state: 'live',
        since: '2026-01-02T03:04:01.000Z',
        tracks: [
          { kind: 'video', codec: 'h264', codec_string: 'avc1.42C01E', width: 640, height: 480 },
          { kind: 'audio', codec: 'aac', codec_string: 'mp4a.40.2', sample_rate: 16_000, channels: 1 },
        ],
      },
      { id: 'b', state: 'stopped', since: '2026-01-02T03:04:00.000Z', tracks: [] },
    ]);
    expect(rig.registry.samples().map(({ stream_id }) => stream_id)).toEqual(['a', 'b']);
    expect(rig.states('a')).toEqual(['connecting', 'ready', 'live']);
    await rig.registry.close();
  });

  it('knows how many streams come as datagrams now, and behind how many of those others may wait', async () => {
    const rig = new StreamsRig();
    rig.registry.apply(desiredState([desiredStream('cam'), desiredStream('off', { running: false })]));
    await rig.registry.settled();
    rig.camera.run.transport = 'udp';
    expect(rig.registry.load).toEqual({ streams: 2, datagrams: 0, mayWait: 0 });
    rig.camera.run.ready([videoTrack()]).live();
    rig.camera.run.counters = { bytes: 99, packets: 77, lost: 0, dropped: 0 };
    expect(rig.registry.load).toEqual({ streams: 2, datagrams: 1, mayWait: 77 });
    rig.camera.run.mayWait = 33;
    expect(rig.registry.load).toEqual({ streams: 2, datagrams: 1, mayWait: 33 });
    rig.camera.run.transport = 'tcp';
    expect(rig.registry.load).toEqual({ streams: 2, datagrams: 0, mayWait: 0 });
    await rig.registry.close();
  });

  it('does not touch what did not change', async () => {
    const rig = new StreamsRig();
    rig.registry.apply(desiredState([desiredStream('cam', recorded)]));
    await rig.registry.settled();
    rig.camera.run.ready([videoTrack()]).live();
    const told = rig.facts.length;
    for (let revision = 2; revision < 20; revision++) {
      rig.registry.apply(desiredState([desiredStream('cam', recorded)], { revision }));
      await rig.registry.settled();
    }
    expect(rig.camera.runs.length).toBe(1);
    expect(rig.facts.length).toBe(told);
    await rig.registry.close();
  });

  it('starts the source again for another source or restart count, once however fast they change', async () => {
    const rig = new StreamsRig();
    const apply = (restart_count: number, path: string): void =>
      rig.registry.apply(
        desiredState([desiredStream('cam', { restart_count, source: { url: `rtsp://x/${path}` } })]),
      );
    apply(0, 'a');
    await rig.registry.settled();
    rig.camera.run.ready([videoTrack()]).live();
    apply(1, 'a');
    await rig.registry.settled();
    expect(rig.states()).toEqual(['connecting', 'ready', 'live', 'stopped', 'connecting']);
    expect(rig.camera.runs.map(({ over }) => over)).toEqual([true, false]);
    apply(1, 'b');
    apply(2, 'c');
    apply(3, 'd');
    await rig.registry.settled();
    expect(rig.camera.runs.length).toBe(3);
    expect(rig.camera.run.options.source.url).toBe('rtsp://x/d');
    apply(3, 'e');
    apply(3, 'd');
    await rig.registry.settled();
    expect(rig.camera.runs.length).toBe(3);
    await rig.registry.close();
  });

  it('leaves a failed stream failed until somebody restarts or changes it', async () => {
    const rig = new StreamsRig();
    rig.registry.apply(desiredState([desiredStream('cam')]));
    await rig.registry.settled();
    rig.camera.run.lose('auth_failed', 'the camera does not accept the credentials');
    await setImmediate();
    rig.registry.apply(desiredState([desiredStream('cam')], { revision: 2 }));
    await rig.registry.settled();
    expect(rig.registry.observed()).toMatchObject([
      { state: 'failed', message: 'the camera does not accept the credentials' },
    ]);
    expect(rig.registry.samples()[0]!.metrics.errors).toEqual({ decode: 0, network: 1, total: 1 });
    rig.registry.apply(desiredState([desiredStream('cam', { restart_count: 1 })]));
    await rig.registry.settled();
    expect(rig.states().slice(-2)).toEqual(['stopped', 'connecting']);
    expect(rig.registry.observed()[0]).not.toHaveProperty('message');
    await rig.registry.close();
  });

  it('stops and goes on', async () => {
    const rig = new StreamsRig();
    rig.registry.apply(desiredState([desiredStream('cam')]));
    rig.registry.apply(desiredState([desiredStream('cam', { running: false })]));
    await rig.registry.settled();
    rig.registry.apply(desiredState([desiredStream('cam')]));
    await rig.registry.settled();
    expect(rig.registry.observed()).toMatchObject([{ state: 'connecting' }]);
    rig.registry.apply(desiredState([desiredStream('cam', { running: false })]));
    await rig.registry.settled();
    expect(rig.registry.observed()).toMatchObject([{ state: 'stopped' }]);
    expect(rig.camera.open).toEqual([]);
    expect(rig.clock.pending).toBe(0);
    await rig.registry.close();
  });

  it('records while running and wanted, under the base path of the day', async () => {
    const rig = new StreamsRig();
    const apply = (enabled: boolean, base_path: string, running = true): void =>
      rig.registry.apply(
        desiredState([desiredStream('cam', { running, recording: { enabled, segment_duration: 60 } })], {
          base_path,
        }),
      );
    const track = videoTrack();
    apply(true, '/one');
    await rig.registry.settled();
    rig.camera.run.ready([track]).live();
    film(rig.camera.run, track, 0, 2);
    await setImmediate();
    apply(false, '/two');
    await rig.registry.settled();
    expect(rig.states()).toEqual(['connecting', 'ready', 'live']);
    apply(true, '/two');
    await rig.registry.settled();
    film(rig.camera.run, track, 2, 2);
    await setImmediate();
    apply(true, '/two', false);
    await rig.registry.settled();
    expect([...rig.storage.files.keys()]).toEqual([
      '/one/hot/cam/2026-01-02_03-04-00.mp4',
      '/two/hot/cam/2026-01-02_03-04-00.mp4',
    ]);
    expect(rig.facts.at(-1)).toMatchObject({ kind: 'recording.state', state: 'stopped' });
    await rig.registry.close();
    expect(rig.pool.held).toBe(0);
  });

  it('pauses footage while the stream goes on, and resumes in a file of its own', async () => {
    const rig = new StreamsRig();
    const track = videoTrack();
    const apply = async (paused: boolean, label?: string): Promise<void> => {
      const recording = { enabled: true, paused, segment_duration: 60, ...(label ? { label } : {}) };
      rig.registry.apply(desiredState([desiredStream('cam', { recording })]));
      await rig.registry.settled();
    };
    await apply(false, 'party.mp4');
    rig.camera.run.ready([track]).live();
    film(rig.camera.run, track, 0, 2);
    await setImmediate();
    await apply(true);
    expect(rig.facts.at(-1)).toMatchObject({ kind: 'recording.state', state: 'stopped' });
    film(rig.camera.run, track, 2, 2);
    await rig.advance(4_000);
    const paused = [...rig.storage.files.keys()];
    expect(paused).toEqual(['/footage/hot/cam/2026-01-02_03-04-00__party.mp4']);
    await apply(false);
    film(rig.camera.run, track, 4, 2);
    await setImmediate();
    await rig.registry.close();
    expect([...rig.storage.files.keys()]).toHaveLength(2);
    expect([...rig.storage.files.keys()].at(-1)).not.toContain('party');
    expect(rig.states().slice(0, 3)).toEqual(['connecting', 'ready', 'live']);
    expect(rig.facts.filter(({ kind }) => kind === 'segment.closed')).toHaveLength(2);
    expect(rig.pool.held).toBe(0);
  });

  it('lets a stream that is removed write what it has, and makes one of the same name at once', async () => {
    const rig = new StreamsRig();
    const track = videoTrack();
    rig.registry.apply(desiredState([desiredStream('cam', recorded)]));
    await rig.registry.settled();
    rig.camera.run.ready([track]).live();
    film(rig.camera.run, track, 0, 3);
    const synced = Promise.withResolvers<void>();
    rig.storage.fault = ({ kind }) => (kind === 'sync' ? synced.promise : undefined);
    rig.registry.apply(desiredState([]));
    rig.registry.apply(desiredState([desiredStream('cam')]));
    let settled = false;
    const settling = rig.registry.settled().then(() => {
      settled = true;
    });
    await until(() => rig.camera.runs.length === 2);
    expect(settled).toBe(false);
    expect(rig.registry.observed()).toMatchObject([{ state: 'connecting' }]);
    synced.resolve();
    await settling;
    expect(rig.facts.filter(({ kind }) => kind === 'segment.closed')).toMatchObject([
      { reason: 'stopped', duration: 3 },
    ]);
    await rig.registry.close();
    expect(rig.pool.held).toBe(0);
    expect(rig.storage.openFiles).toBe(0);
  });

  it('closes with closed files, ended readers and nothing left, and stays closed', async () => {
    const rig = new StreamsRig();
    const ids = ['a', 'b', 'c', 'd'];
    const track = videoTrack();
    rig.registry.apply(desiredState(ids.map((id) => desiredStream(id, recorded))));
    await rig.registry.settled();
    for (const run of rig.camera.runs) {
      run.ready([track]).live();
      film(run, track, 0, 2);
    }
    const window = rig.registry.get('a')!.live();
    const waiting = window.until(() => false, 60_000, new AbortController().signal);
    const sender = rig.registry.get('b')!.sender()!;
    const ended = Promise.withResolvers<void>();
    sender.join({ packets: () => undefined, end: () => ended.resolve() }, false);
    await Promise.all([rig.registry.close(), rig.registry.close()]);
    expect(await waiting).toBe(false);
    await ended.promise;
    expect(rig.facts.filter(({ kind }) => kind === 'segment.closed')).toMatchObject(
      ids.map(() => ({ reason: 'shutdown', duration: 2 })),
    );
    rig.registry.apply(desiredState([desiredStream('late')]));
    expect(rig.registry.observed()).toEqual([]);
    expect(rig.camera.open).toEqual([]);
    expect(rig.clock.pending).toBe(0);
    expect(rig.pool.held).toBe(0);
  });

  it('converges on the last of any states, whatever the cameras do meanwhile', async () => {
    const stream = fc
      .record({
        id: fc.constantFrom('a', 'b', 'c'),
        running: fc.boolean(),
        restart_count: fc.integer({ min: 0, max: 2 }),
        path: fc.constantFrom('x', 'y'),
        enabled: fc.boolean(),
      })
      .map(({ id, running, restart_count, path, enabled }) => {
        const recording = { enabled, segment_duration: 60 };
        return desiredStream(id, { running, restart_count, source: { url: `rtsp://x/${path}` }, recording });
      });
    const step = fc.record({
      streams: fc.uniqueArray(stream, { selector: ({ id }) => id, maxLength: 3 }),
      fault: fc.option(fc.constantFrom('timeout' as const, 'auth_failed' as const, 'no_media' as const), {
        nil: undefined,
      }),
      live: fc.boolean(),
      wait: fc.constantFrom(0, 0, 500, 31_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const rig = new StreamsRig();
        for (const { streams, wait, ...camera } of steps) {
          rig.registry.apply(desiredState(streams));
          if (wait > 0) await rig.advance(wait);
          act(rig.camera.open[0], camera);
        }
        await rig.registry.settled();
        await setImmediate();
        const last = steps.at(-1)!.streams;
        const observed = new Map(rig.registry.observed().map(({ id, state }) => [id, state]));
        expect([...observed.keys()].sort()).toEqual(last.map(({ id }) => id).sort());
        for (const { id, running } of last) expect(observed.get(id) === 'stopped').toBe(!running);
        expect(rig.camera.open.length).toBeLessThanOrEqual(last.filter(({ running }) => running).length);
        await rig.registry.close();
        expect(rig.camera.open).toEqual([]);
        expect(rig.clock.pending).toBe(0);
        expect(rig.pool.held).toBe(0);
        expect(rig.log.lines).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
