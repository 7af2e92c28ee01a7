import { fileURLToPath } from 'node:url';
import { UdpFaultProxy } from '@nightjar/media/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OneCamera } from './cameras/one-camera.ts';
import { eventually, Program } from './harness/index.ts';
import { decoded, type PacketSource } from './webrtc/decoded.ts';
import { ForeignPeer } from './webrtc/foreign-peer.ts';
import { WeriftPeer } from './webrtc/werift-peer.ts';

const ID = 'yard';
/** Nobody hears there but what stands for the router that passes its datagrams on. */
const ANNOUNCED = '127.0.0.2';
const PICTURES = 25;

let camera: OneCamera;

beforeAll(async () => {
  camera = await OneCamera.start({
    id: ID,
    env: { NIGHTJAR_WEBRTC_ADDRESSES: `${ANNOUNCED}, ::1` },
  });
});
afterAll(async () => {
  await ForeignPeer.release();
  await camera?.[Symbol.asyncDispose]();
});

interface Watching {
  readonly answer: string;
  readonly end: () => Promise<void>;
}

interface Peer extends PacketSource {
  readonly offer: Promise<string>;
  readonly state: string;
  answer(sdp: string): void | Promise<void>;
}

const authorization = () => ({ authorization: `Bearer ${camera.installation.token}` });

/** Watches by WHEP; `passOn` is what the peer is told in place of the answer. */
async function watch(peer: Peer, id = ID, passOn?: (answer: string) => Promise<string>): Promise<Watching> {
  const response = await fetch(`${camera.api.base}/whep/${id}`, {
    method: 'POST',
    headers: { ...authorization(), 'content-type': 'application/sdp' },
    body: await peer.offer,
  });
  const answer = await response.text();
  expect([response.status, answer]).toEqual([201, expect.stringContaining('a=candidate')]);
  await peer.answer(passOn ? await passOn(answer) : answer);
  const session = `${camera.api.base}${response.headers.get('location')}`;
  const end = async (): Promise<void> => {
    const { status } = await fetch(session, { method: 'DELETE', headers: authorization() });
    expect(status).toBe(200);
  };
  return { answer, end };
}

/** Plays until ffmpeg has decoded a second of what the peer decrypted; every picture is another. */
async function plays(peer: Peer, passOn?: (answer: string) => Promise<string>): Promise<string> {
  const seen = decoded(peer, {
    codec: 'H264',
    payloadType: payloadTypeIn(await peer.offer),
    count: PICTURES,
  });
  const { answer, end } = await watch(peer, ID, passOn);
  const sums = await seen;
  expect(peer.state).toBe('connected');
  expect(new Set(sums).size).toBe(PICTURES);
  await end();
  return answer;
}

const payloadTypeIn = (sdp: string): number => Number(/^m=video \d+ \S+ (\d+)/m.exec(sdp)?.[1]);

describe('peers of other makes watch by WHEP', () => {
  it('werift', async () => {
    await using peer = await WeriftPeer.start();
    await plays(peer);
  });

  const candidates = (answer: string) =>
    [...answer.matchAll(/^a=candidate:\S+ 1 (?:udp|tcp) \d+ (\S+) (\d+)/gim)].map(([, at, port]) => ({
      at,
      port,
    }));

  it('libdatachannel by the address that was announced', async () => {
    await using routers = new AsyncDisposableStack();
    await using peer = await ForeignPeer.start();
    const answer = await plays(peer, async (told) => {
      const { port = '' } = candidates(told)[0]!;
      const router = await UdpFaultProxy.start({ host: ANNOUNCED, target: { port: Number(port) } });
      routers.use(router);
      return told.replaceAll(` ${port} typ`, ` ${router.port} typ`);
    });
    expect(peer.remoteAddress).toBe(ANNOUNCED);
    // Nothing else is told: addresses of this machine are of no use outside of a container.
    expect(new Set(candidates(answer).map(({ at }) => at))).toEqual(new Set([ANNOUNCED, '::1']));
  });

  it('libdatachannel over IPv6', async () => {
    await using peer = await ForeignPeer.start({ address: '::1' });
    await plays(peer);
    expect(peer.remoteAddress).toBe('::1');
  });

  it('GStreamer’s webrtcbin', async () => {
    await using viewer = await Program.start({
      name: 'gstreamer',
      command: '/usr/bin/python3',
      args: [
        fileURLToPath(new URL('./webrtc/gstreamer_viewer.py', import.meta.url)),
        `${camera.api.base}/whep/${ID}`,
        camera.installation.token,
      ],
    });
    await viewer.line(/^pictures 50$/, 20_000);
    await viewer.stop(5_000);
  });
});

it('H.265 goes to a peer that takes it, and who does not is told the other ways', async () => {
  await camera.api.addStream({ id: 'studio', source_url: 'publish:' });
  const { key } = (await camera.api.expect(200, 'GET', '/api/streams/studio/publish-key')) as { key: string };
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25'];
  const coded = ['-c:v', 'libx265', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '25'];
  const quiet = ['-x265-params', 'log-level=none:bframes=0:keyint=25'];
  const to = `rtsp://127.0.0.1:${camera.installation.ports.rtsp}/studio?key=${key}`;
  await using _publisher = await Program.start({
    name: 'ffmpeg',
    command: 'ffmpeg',
    args: ['-nostdin', '-v', 'error', '-re', ...picture, ...coded, ...quiet, '-f', 'rtsp', to],
  });
  const live = async () => (await camera.api.stream('studio')).state === 'live';
  await eventually('the stream to be live', live, { timeoutMs: 15_000 });
  await using peer = await ForeignPeer.start({ codec: 'H265' });
  const seen = decoded(peer, { codec: 'H265', payloadType: 102, count: PICTURES });
  const { end } = await watch(peer, 'studio');
  expect(new Set(await seen).size).toBe(PICTURES);
  await end();
  await using other = await ForeignPeer.start();
  const refused = await fetch(`${camera.api.base}/whep/studio`, {
    method: 'POST',
    headers: { ...authorization(), 'content-type': 'application/sdp' },
    body: await other.offer,
  });
  expect([refused.status, JSON.stringify(await refused.json())]).toEqual([
    422,
    expect.stringMatching(/h265/i),
  ]);
});
