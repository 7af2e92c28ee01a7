import { randomBytes } from 'node:crypto';
import { connect as netConnect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RtspClient, type RtspClientOptions } from './client.ts';
import { interleaved, rtpPacket, type Script, ScriptedCamera } from './testing/scripted-camera.ts';

const SDP = [
  'v=0',
  's=camera',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:trackID=0',
  'm=audio 0 RTP/AVP 0',
  'a=control:trackID=1',
  '',
].join('\r\n');

const plain: Script = (request) => {
  if (request.method === 'DESCRIBE') return { body: SDP, headers: [['Content-Type', 'application/sdp']] };
  if (request.method === 'SETUP') {
    const transport = request.headers.get('transport')![0]!;
    return {
      headers: [
        ['Transport', transport],
        ['Session', '4711;timeout=60'],
      ],
    };
  }
  return {};
};

function client(camera: ScriptedCamera, more: Partial<RtspClientOptions> = {}) {
  const packets: { track: number; kind: string; seq: number }[] = [];
  const made = new RtspClient({
    url: { secure: false, host: '127.0.0.1', port: camera.port, path: '/live' },
    connect: ({ host, port }, onread) => netConnect({ host, port, onread }),
    sink: {
      rtp: (track, buffer, start) =>
        packets.push({ track, kind: 'rtp', seq: buffer.readUInt32BE(start + 12) }),
      rtcp: (track, buffer, start) =>
        packets.push({ track, kind: 'rtcp', seq: buffer.readUInt32BE(start + 12) }),
    },
    readBuffer: Buffer.alloc(65536),
    random: randomBytes,
    ...more,
  });
  return { client: made, packets };
}

describe('RtspClient', () => {
  it('plays both tracks and tears down', async () => {
    await using camera = await new ScriptedCamera((request, socket, all) =>
      request.method === 'PLAY'
        ? { behind: Buffer.concat([interleaved(0, rtpPacket(7)), interleaved(3, rtpPacket(8))]) }
        : plain(request, socket, all),
    ).start();
    const { client: c, packets } = client(camera);
    const { sdp, baseUrl } = await c.describe();
    expect(sdp.media.map((m) => m.encodingName)).toEqual(['H264', 'PCMU']);
    expect(baseUrl).toBe(`rtsp://127.0.0.1:${camera.port}/live`);
    await c.setup([0, 1]);
    await c.play();
    await expect
      .poll(() => packets)
      .toEqual([
        { track: 0, kind: 'rtp', seq: 7 },
        { track: 1, kind: 'rtcp', seq: 8 },
      ]);
    await c.close();
    await camera.until(() => camera.sockets.size === 0);
    expect(camera.requests.map((r) => r.method)).toEqual([
      'OPTIONS',
      'DESCRIBE',
      'SETUP',
      'SETUP',
      'PLAY',
      'TEARDOWN',
    ]);
  });
});
