import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { StreamFault } from '@nightjar/contract';
import { ProbeReport } from '@nightjar/contract/link';
import { systemClock } from '@nightjar/media/stream';
import {
  FakeClock,
  SELF_SIGNED,
  type SyntheticCameras,
  startSyntheticCameras,
} from '@nightjar/media/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cameraSockets } from '../outbound/index.ts';
import { sourceTable } from '../sources/index.ts';
import {
  CameraFront,
  CountingPool,
  Publisher,
  QuietLog,
  ScriptedSource,
  until,
  videoTrack,
} from '../testing/index.ts';
import { Probes, TooManyProbesError } from './index.ts';

let cameras: SyntheticCameras;
beforeAll(async () => {
  cameras = await startSyntheticCameras({
    cameras: [
      { path: 'yard', clip: 'yard' },
      { path: 'locked', clip: 'door', username: 'admin', password: 'right' },
    ],
    manyWays: true,
  });
});
afterAll(() => cameras.close());

let pool: CountingPool;
let sockets: Socket[];
let probes: Probes;
const policy = { allow: ['127.0.0.0/8'], deny: [], ports: [] };
beforeEach(() => {
  pool = new CountingPool();
  sockets = [];
  const open = cameraSockets(() => policy, { own: [] });
  const connect: typeof open.connect = (target, onread) => {
    const socket = open.connect(target, onread);
    sockets.push(socket);
    return socket;
  };
  const sources = sourceTable({ ...open, connect });
  probes = new Probes({ sources, pool, clock: systemClock, log: new QuietLog() });
});
afterEach(() => {
  expect(pool.held).toBe(0);
  expect(sockets.filter(({ destroyed }) => !destroyed)).toEqual([]);
});

const look = async (url: string, more: object = {}) => ProbeReport.parse(await probes.look({ url, ...more }));

describe('a camera that is looked at', () => {
  it('is described, and left', async () => {
    const report = await look(cameras.url('yard'));
    expect(report).toMatchObject({
      transport: 'tcp',
      tracks: [
        { kind: 'video', codec: 'h264', width: 1280, height: 720 },
        { kind: 'audio', codec: 'aac', sample_rate: 48_000 },
      ],
      video: { b_frames: false, gop_frames: expect.any(Number) },
      packets_lost: 0,
    });
    expect(report.fault).toBeUndefined();
    expect(report.video!.frame_rate).toBeGreaterThan(20);
    expect(report.video!.gop_seconds).toBeGreaterThan(0.3);
    expect(report.seconds).toBeGreaterThanOrEqual(3);
    expect(Math.abs(report.clock_skew!)).toBeLessThan(1);
    await until(() => cameras.stats().playing === 0);
  }, 20_000);

  it('inside TLS and over UDP says so', async () => {
    await using front = await CameraFront.start({ port: cameras.port, tls: SELF_SIGNED });
    const secure = await look(`rtsps://127.0.0.1:${front.port}/yard`);
    expect(secure).toMatchObject({ transport: 'tcp', certificate: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const udp = await look(cameras.url('yard'), { transport: 'udp' });
    expect(udp).toMatchObject({ transport: 'udp', video: { b_frames: false } });
  }, 30_000);

  it.each<[string, () => string, StreamFault]>([
    ['a wrong password', () => `${cameras.url('locked').replace(/admin:right@/, '')}`, 'auth_failed'],
    ['a path that is not there', () => `${cameras.url('yard')}/nowhere`, 'not_found'],
    ['a refused address', () => 'rtsp://169.254.169.254/x', 'target_denied'],
    ['a dead port', () => 'rtsp://127.0.0.1:1029/x', 'refused'],
  ])('with %s is told by its fault', async (_what, url, fault) => {
    const report = await look(url());
    expect(report).toMatchObject({ fault, tracks: [], seconds: 0 });
    expect(report.message).not.toContain('right');
  });

  it('that says nothing is given up', async () => {
    const deaf = createServer((socket) => socket.on('error', () => undefined).resume());
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const clock = new FakeClock();
    const open = cameraSockets(() => policy, { own: [] });
    const patient = new Probes({ sources: sourceTable(open), pool, clock, log: new QuietLog() });
    const { port } = deaf.address() as AddressInfo;
    const report = patient.look({ url: `rtsp://127.0.0.1:${port}/x` });
    for (let second = 0; second < 31; second++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      clock.advance(1_000);
    }
    expect(await report).toMatchObject({ fault: 'timeout', tracks: [] });
    expect(clock.pending).toBe(0);
    await new Promise((resolve) => deaf.close(resolve));
  });

  it('of which there are too many has to wait', async () => {
    const scripted = new ScriptedSource();
    const clock = new FakeClock();
    const busy = new Probes({
      sources: new Map([['rtsp:', scripted.start]]),
      pool,
      clock,
      log: new QuietLog(),
    });
    const all = Array.from({ length: 8 }, () => busy.look({ url: 'rtsp://camera/x' }));
    await expect(busy.look({ url: 'rtsp://camera/x' })).rejects.toThrow(TooManyProbesError);
    clock.advance(30_000);
    for (const report of await Promise.all(all)) expect(report.fault).toBe('timeout');
    expect(scripted.open).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('with pictures out of order, and key frames that are rare', async () => {
    const scripted = new ScriptedSource();
    const clock = new FakeClock();
    const patient = new Probes({
      sources: new Map([['rtsp:', scripted.start]]),
      pool,
      clock,
      log: new QuietLog(),
    });
    const report = patient.look({ url: 'rtsp://camera/x' });
    const { stream } = scripted.run.options;
    const source = new Publisher({ stream, clock, pool, tracks: [videoTrack()] });
    const shown = [0, 3, 1, 2];
    for (let i = 0; i < 13 * 25; i++) {
      const group = Math.floor(i / 4) * 4;
      source.frame(source.video!, i * 0.04, { key: i === 0, pts: (group + shown[i % 4]!) * 0.04 + 0.08 });
    }
    expect(await report).toMatchObject({
      video: { b_frames: true, gop_seconds: null, gop_frames: null, frame_rate: 25 },
    });
    source.close();
  });
});
