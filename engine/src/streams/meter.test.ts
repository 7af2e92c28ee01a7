import { StreamMetrics } from '@nightjar/contract';
import type { Frame } from '@nightjar/media/stream';
import { describe, expect, it } from 'vitest';
import type { SourceCounters } from '../sources/index.ts';
import { audioTrack, Publisher, videoTrack } from '../testing/index.ts';
import { Meter } from './meter.ts';

/** A run whose counters a test sets. */
class Run {
  counters: SourceCounters = { bytes: 0, packets: 0, lost: 0, dropped: 0 };

  receive(bytes: number, more: Partial<SourceCounters> = {}): void {
    const { packets, lost, dropped } = this.counters;
    this.counters = {
      bytes: this.counters.bytes + bytes,
      packets: packets + (more.packets ?? 1),
      lost: lost + (more.lost ?? 0),
      dropped: dropped + (more.dropped ?? 0),
    };
  }
}

function rig() {
  const source = new Publisher({ tracks: [] });
  const now: { run: Run | undefined } = { run: undefined };
  const meter = new Meter(source.clock, () => now.run);
  source.stream.attach(meter, false);
  const sample = (run: Run | undefined, reconnects = 0, networkErrors = 0): StreamMetrics => {
    now.run = run;
    return StreamMetrics.parse(meter.sample({ viewers: 3, reconnects, networkErrors }));
  };
  return { source, meter, now, sample };
}

describe('a meter', () => {
  it('tells how irregularly pictures come, and when the newest key frame did', () => {
    const { source, sample } = rig();
    source.setTracks([videoTrack()]);
    expect(sample(undefined)).toMatchObject({ jitter: null, last_key_frame: null });
    source.play(4, { fps: 25, gop: 25 });
    const even = sample(undefined);
    expect(even.jitter).toBeLessThan(0.002);
    expect(source.clock.utc() - Date.parse(even.last_key_frame!)).toBeLessThan(1_041);
    const track = source.video!;
    // Each picture comes 20 ms early or late by its own clock.
    for (let i = 0; i < 200; i++) {
      source.clock.advance(i % 2 === 0 ? 60 : 20);
      source.frame(track, 10 + i * 0.04, { key: false });
    }
    expect(sample(undefined).jitter).toBeCloseTo(0.02, 2);
    const { last_key_frame } = sample(undefined);
    expect(last_key_frame).toBe(even.last_key_frame);
    // A clock that is set is no jitter.
    source.clock.advance(3_600_000);
    source.frame(track, 18, { key: true });
    expect(sample(undefined).jitter).toBeCloseTo(0.02, 2);
    expect(sample(undefined).last_key_frame).toBe(new Date(source.clock.utc()).toISOString());
  });

  it('tells how long pictures were on their way through this program, since the last sample', () => {
    const { source, meter, sample } = rig();
    source.setTracks([videoTrack()]);
    expect(sample(undefined).latency).toEqual({ pipeline: null, network: null, processing: null });
    const [track, now] = [source.video!, source.clock.utc()];
    // As those of a covered rendition: they came when the original did.
    for (const late of [20, 40]) meter.onFrame({ track, key: false, dts: 0, arrival: now - late } as Frame);
    // A clock that is set is no delay.
    for (const off of [-5_000, 3_600_000]) meter.onFrame({ track, dts: 0, arrival: now - off } as Frame);
    expect(sample(undefined).latency).toEqual({ pipeline: 30, network: null, processing: 30 });
    expect(sample(undefined).latency.processing).toBeNull();
  });

  it('tells rates of the last sample, since connecting, and the highest', () => {
    const { source, sample, meter } = rig();
    const run = new Run();
    source.clock.advance(1_000);
    source.setTracks([videoTrack(), audioTrack()]);
    source.play(2, { fps: 20 });
    run.receive(500_000);
    expect(sample(run)).toMatchObject({
      bitrate: { current: 1_333_333, average: 2_000_000, peak: 1_333_333 },
      framerate: { current: 13.33, average: 20 },
    });
    source.play(2, { fps: 20 });
    run.receive(1_000_000);
    expect(sample(run)).toMatchObject({
      bitrate: { current: 4_000_000, average: 3_000_000, peak: 4_000_000 },
      framerate: { current: 20, average: 20 },
    });
    source.play(2, { fps: 10 });
    run.receive(250_000);
    const last = sample(run);
    expect(last).toMatchObject({
      bitrate: { current: 1_000_000, average: 2_333_333, peak: 4_000_000 },
      framerate: { current: expect.closeTo(10, 0), average: expect.closeTo(16.7, 0) },
      bytes_received: 1_750_000,
      viewers: 3,
      latency: { pipeline: 0, network: null, processing: 0 },
      buffer_level: null,
    });
    expect(meter.frameRate).toBe(last.framerate.current);
  });

  it('keeps what earlier runs counted, to their very end', () => {
    const { source, sample } = rig();
    const first = new Run();
    first.receive(1_000, { packets: 10, lost: 2, dropped: 1 });
    source.clock.advance(2_000);
    sample(first);
    first.receive(500, { packets: 5 });
    const second = new Run();
    second.receive(9_000, { packets: 90, lost: 1 });
    source.clock.advance(2_000);
    const after = sample(second, 1, 4);
    expect(after).toMatchObject({
      bytes_received: 10_500,
      packets: { received: 105, lost: 3, recovered: 0 },
      framerate: { dropped: 1 },
      errors: { decode: 1, network: 4, total: 5 },
      reconnects: 1,
      bitrate: { current: (9_500 * 8) / 2 },
    });
    source.clock.advance(2_000);
    expect(sample(undefined)).toMatchObject({ bytes_received: 10_500, bitrate: { current: 0 } });
    source.clock.advance(2_000);
    expect(sample(undefined)).toMatchObject({ bytes_received: 10_500 });
  });

  it('is not misled by a format that changes between two samples', () => {
    const { source, sample, now } = rig();
    const run = new Run();
    now.run = run;
    source.setTracks([videoTrack()]);
    for (let i = 0; i < 5; i++) {
      source.play(1.9);
      run.receive(475_000);
      source.setTracks([videoTrack(i % 2)]);
      source.play(0.1);
      run.receive(25_000);
      const { bitrate, framerate } = sample(run);
      expect(bitrate.peak).toBe(2_000_000);
      expect(bitrate.average).toBeLessThan(21_000_000 / 5);
      expect(framerate.current).toBeLessThanOrEqual(25);
    }
  });

  it('counts from the new tracks on after a reconnection, and never falls', () => {
    const { source, sample } = rig();
    let run = new Run();
    source.setTracks([videoTrack()]);
    let last = 0;
    for (let session = 0; session < 4; session++) {
      for (let i = 0; i < 3; i++) {
        source.play(2);
        run.receive(100_000);
        const metrics = sample(run);
        expect(metrics.bytes_received).toBe(last + 100_000);
        last = metrics.bytes_received;
        expect(metrics.framerate.average).toBeCloseTo(25, 0);
      }
      source.lose();
      source.clock.advance(2_000);
      expect(sample(undefined).framerate.current).toBe(0);
      run = new Run();
      source.setTracks([videoTrack()]);
    }
    source.close();
    expect(sample(undefined).bytes_received).toBe(last);
  });

  it('takes two samples at once without dividing by nothing', () => {
    const { source, sample } = rig();
    source.setTracks([videoTrack()]);
    source.play(1);
    const { latency, ...first } = sample(undefined);
    expect(sample(undefined)).toMatchObject(first);
    expect(latency.processing).toBe(0);
  });
});
