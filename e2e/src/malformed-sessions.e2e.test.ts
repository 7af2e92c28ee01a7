import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Installation,
  largestStep,
  probeFootage,
  recordsAgain,
  runCommand,
  SyntheticCameras,
  seededRandom,
} from './harness/index.ts';

/** Of each listener: all of them with NIGHTJAR_SOAK=1, else as many as fit into the suite. */
const SESSIONS = process.env['NIGHTJAR_SOAK'] === '1' ? 10_000 : 500;
const SEED = 20_261_121;
const AT_ONCE = 20;
/** Garbage is collected soon: what is left is kept. */
const SMALL_HEAP = '--max-semi-space-size=1 --max-old-space-size=96';
/** What is promised: memory is back within this. */
const FLAT_KIB = 32 * 1024;
const ID = 'yard';

let cameras: SyntheticCameras;
let installation: Installation;

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start({ env: { NODE_OPTIONS: SMALL_HEAP } });
  await installation.api.addStream({ id: ID, source_url: cameras.urls[0]!, recording: { enabled: true } });
  await recordsAgain(installation, [ID], new Set(), 15_000);
});

afterAll(async () => {
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

type Random = () => number;
const below = (random: Random, limit: number) => Math.floor(random() * limit);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;
const noise = (random: Random, most: number) =>
  Buffer.from(Array.from({ length: 1 + below(random, most) }, () => below(random, 256)));

/** What a decent client would begin with, on each listener. */
const OPENINGS: Readonly<Record<'rtsp' | 'rtmp' | 'http', readonly Buffer[]>> = {
  rtsp: [
    `OPTIONS rtsp://h/${ID} RTSP/1.0\r\nCSeq: 1\r\n\r\nDESCRIBE rtsp://h/${ID} RTSP/1.0\r\nCSeq: 2\r\n\r\n`,
    `SETUP rtsp://h/${ID}/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n$\0\0\x0c`,
    `ANNOUNCE rtsp://h/${ID} RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 20\r\n\r\nv=0\r\nm=video 0 RTP/A`,
    `GET /${ID} HTTP/1.0\r\nx-sessioncookie: a\r\nAccept: application/x-rtsp-tunnelled\r\n\r\n`,
  ].map((text) => Buffer.from(text, 'latin1')),
  rtmp: [
    Buffer.concat([Buffer.from([3]), Buffer.alloc(3072, 7)]),
    Buffer.concat([Buffer.from([6]), Buffer.alloc(1536)]),
  ],
  http: [
    'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /api/events HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\xff\xff',
    'POST /api/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{"id":"x","source_url":"rtsp:',
    `GET /live/${ID}/index.m3u8 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n`,
  ].map((text) => Buffer.from(text, 'latin1')),
};

function spoiled(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let times = below(random, 6); times > 0; times--)
    copy[below(random, copy.length)] = below(random, 256);
  const end = random() < 0.3 ? copy.subarray(0, below(random, copy.length)) : copy;
  return random() < 0.5 ? end : Buffer.concat([end, noise(random, 400)]);
}

/** Sends and ends, in one of the ways in which connections end. */
function session(port: number, bytes: Buffer, random: Random): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
    if (random() < 0.3) socket.write(bytes, () => socket.resetAndDestroy());
    else socket.end(bytes);
    // Whoever is asked for nothing more may wait for more.
    socket.setTimeout(500, () => socket.destroy());
  });
}

async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
}

describe('malformed sessions over the sockets', () => {
  it.each(['rtsp', 'rtmp', 'http'] as const)(
    `${SESSIONS} over %s harm nobody`,
    async (kind) => {
      const random = seededRandom(SEED);
      const flood = async (count: number) => {
        for (let sent = 0; sent < count; sent += AT_ONCE) {
          const batch = Array.from({ length: AT_ONCE }, () => spoiled(pick(random, OPENINGS[kind]), random));
          await Promise.all(batch.map((bytes) => session(installation.ports[kind], bytes, random)));
        }
      };
      // What the first ones bring about is kept: compiled code, pools.
      await flood(SESSIONS / 2);
      const programs = [installation.engine, installation.server];
      const before = await Promise.all(programs.map(({ pid }) => memoryOf(pid)));
      await flood(SESSIONS / 2);
      const grown = (await Promise.all(programs.map(({ pid }) => memoryOf(pid)))).map(
        (now, at) => now - before[at]!,
      );
      console.log(`${kind}, seed ${SEED}: engine ${grown[0]} KiB, server ${grown[1]} KiB`);
      for (const [at, { name, exit }] of programs.entries()) {
        expect(exit, name).toBeUndefined();
        expect(grown[at], name).toBeLessThan(FLAT_KIB);
      }
    },
    600_000,
  );

  it('and the next good one works: the stream plays, and was recorded without a gap', async () => {
    const url = `rtsp://x:${installation.token}@127.0.0.1:${installation.ports.rtsp}/${ID}`;
    const options = [
      '-v',
      'error',
      '-rtsp_transport',
      'tcp',
      '-show_entries',
      'stream=codec_name',
      '-of',
      'csv=p=0',
    ];
    const { code, stdout } = await runCommand('ffprobe', [...options, url], { timeoutMs: 20_000 });
    expect([code, stdout.toString().trim().split('\n')]).toEqual([0, ['h264', 'aac']]);
    expect(await installation.api.stream(ID)).toMatchObject({ status: 'active', errors: [] });
    await installation.drain();
    const [file, ...more] = await probeFootage(installation.dataDir, ID);
    expect(more).toEqual([]);
    expect(largestStep(file!.video!.packets)).toBeLessThan(0.06);
  });
});
