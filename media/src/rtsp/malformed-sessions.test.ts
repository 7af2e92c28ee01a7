import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { memory } from '../testing/fuzz/index.ts';
import { FakeClock, seeded } from '../testing/index.ts';
import { CameraSession, decent } from './testing/camera-session.ts';
import { interleaved, rtpPacket, type Script } from './testing/scripted-camera.ts';
import { setUp, World } from './testing/server-world.ts';
import { formatRequest, formatResponse, header } from './wire/message.ts';

/** Sessions that go wrong: all of them with NIGHTJAR_SOAK=1, else as many as fit into the suite. */
const SESSIONS = process.env['NIGHTJAR_SOAK'] === '1' ? 10_000 : 500;
const SEED = 20_261_121;
const FLAT = 32 * 1024 * 1024;
const LIMIT_MS = 900_000;
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000, interval: 5 });

type Random = () => number;
const below = (random: Random, limit: number) => Math.floor(random() * limit);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

/** Bytes with some of them changed, cut off, or sent twice. */
function spoiled(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let times = below(random, 4); times > 0; times--)
    copy[below(random, copy.length)] = below(random, 256);
  const kind = random();
  if (kind < 0.2) return copy.subarray(0, below(random, copy.length));
  return kind < 0.3 ? Buffer.concat([copy, copy]) : copy;
}

describe(`${SESSIONS} malformed sessions`, () => {
  it(
    'of clients: the server lives, forgets them all, and the next good one plays',
    async () => {
      const random = seeded(SEED);
      await using world = await new World(new FakeClock()).start();
      world.published.video(true);
      const methods = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'ANNOUNCE', 'TEARDOWN', 'GET_PARAMETER'];
      const request = (cseq: number) => {
        const headers = [
          ['CSeq', String(cseq)],
          ['Transport', pick(random, ['RTP/AVP/TCP;interleaved=0-1', 'RTP/AVP;client_port=1-2', ';;'])],
          ['Session', pick(random, ['', '1', '../'])],
        ] as const;
        const uri = `${world.url}${pick(random, ['', '/trackID=0', '/trackID=9', '?x'])}`;
        return formatRequest(
          pick(random, methods),
          uri,
          headers,
          pick(random, ['', 'v=0\r\nm=video 0 RTP/AVP 96\r\n']),
        );
      };
      const before = memory();
      for (let index = 0; index < SESSIONS; index++) {
        const messages = Array.from({ length: 1 + below(random, 5) }, (_, at) =>
          random() < 0.1 ? interleaved(below(random, 256), rtpPacket(at)) : request(at + 1),
        );
        await once(world.server.port, spoiled(Buffer.concat(messages), random), random() < 0.3);
      }
      await eventually(() => world.server.stats().open).toBe(0);
      expect(world.held).toBe(0);
      expect(memory() - before).toBeLessThan(FLAT);
      await using good = world.client();
      const id = await setUp(good, world.url);
      const played = await good.request('PLAY', world.url, [['Session', id]]);
      expect([played.status, header(played.headers, 'session')?.split(';')[0]]).toEqual([200, id]);
    },
    LIMIT_MS,
  );

  it(
    'of cameras: the client ends each by a typed error or plays, and the next good one plays',
    async () => {
      const random = seeded(SEED);
      const before = memory();
      const kinds = new Map<string, number>();
      for (let index = 0; index < SESSIONS; index++) {
        const clock = new FakeClock();
        const outcome = await played(spoiledCamera(random), clock);
        kinds.set(outcome, (kinds.get(outcome) ?? 0) + 1);
        expect(clock.pending, outcome).toBe(0);
      }
      const typed = [
        'plays',
        'auth_failed',
        'closed_by_camera',
        'no_playable_track',
        'not_found',
        'not_rtsp',
        'protocol_error',
        'refused',
        'timeout',
        'unreachable',
      ];
      expect(typed).toEqual(expect.arrayContaining([...kinds.keys()]));
      expect(kinds.size).toBeGreaterThan(3);
      expect(memory() - before).toBeLessThan(FLAT);
      expect(await played(decent(), new FakeClock())).toBe('plays');
    },
    LIMIT_MS,
  );
});

/** One connection that sends bytes and ends, or is reset in the middle. */
function once(port: number, bytes: Buffer, reset: boolean): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.resume();
    if (reset) socket.write(bytes, () => socket.resetAndDestroy());
    else socket.end(bytes);
  });
}

/** Answers as a decent camera would, but spoiled now and then; after that it closes, so that nobody waits. */
function spoiledCamera(random: Random): Script {
  return (request, socket, received) => {
    const good = decent()(request, socket, received);
    if (random() < 0.6) return good;
    const cseq = ['CSeq', request.headers.get('cseq')?.[0] ?? '0'] as const;
    const status = pick(random, [200, 200, 302, 400, 401, 404, 453, 454, 461, 500]);
    const whole = formatResponse(status, [cseq, ...(good.headers ?? [])], good.body);
    const media = Array.from({ length: below(random, 5) }, (_, at) =>
      interleaved(below(random, 4), rtpPacket(at)),
    );
    return { raw: spoiled(Buffer.concat([...media, whole]), random), close: true };
  };
}

/** What becomes of a session: `plays`, or the code of its error. */
async function played(script: Script, clock: FakeClock): Promise<string> {
  await using session = await CameraSession.start(clock, script);
  return await session.play().then(
    () => 'plays',
    (error: { code?: string; name: string }) => error.code ?? error.name,
  );
}
