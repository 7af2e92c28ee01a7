import { createSocket, type Socket } from 'node:dgram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/index.ts';
import type { RtspTransport } from '../errors.ts';
import { CameraSession, decent } from '../testing/camera-session.ts';
import { interleaved, rtpPacket } from '../testing/scripted-camera.ts';
import { sendAll, UdpCamera, type UdpCameraOptions } from '../testing/udp-camera.ts';
import { TransportChoice } from '../transport/choice.ts';
import type { RtspClientOptions } from './options.ts';
import type { UdpTarget } from './udp-track.ts';

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 3_000, interval: 5 });
const rtp = (track: number, seq: number) => ({ track, kind: 'rtp', seq });
const status = (code: number) => ({ status: code });

/** A session over UDP, with every socket it opened. */
class UdpSession implements AsyncDisposable {
  readonly camera: UdpCamera;
  readonly session: CameraSession;
  readonly opened: readonly UdpTarget[];
  readonly open: ReadonlySet<Socket>;

  private constructor(facts: Pick<UdpSession, 'camera' | 'session' | 'opened' | 'open'>) {
    this.camera = facts.camera;
    this.session = facts.session;
    this.opened = facts.opened;
    this.open = facts.open;
  }

  static async start(
    options: UdpCameraOptions = {},
    more: Partial<RtspClientOptions> = {},
  ): Promise<UdpSession> {
    const opened: UdpTarget[] = [];
    const open = new Set<Socket>();
    const openUdp = (target: UdpTarget) => {
      opened.push(target);
      const socket = createSocket(target.family);
      open.add(socket);
      return socket.once('close', () => open.delete(socket));
    };
    const camera = await UdpCamera.open(options);
    const client = { transport: 'udp', openUdp, ...more } as const;
    const session = await CameraSession.start(new FakeClock(), camera.script, client);
    return new UdpSession({ camera, session, opened, open });
  }

  get seqs(): number[] {
    return this.session.packets.map(({ seq }) => seq);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
    await this.camera[Symbol.asyncDispose]();
  }
}

describe('a camera over UDP', () => {
  it('is asked for even and odd ports, punched, played, reported to, and all sockets close', async () => {
    await using udp = await UdpSession.start();
    const { camera, session } = udp;
    await session.play();
    expect(camera.clientPorts).toHaveLength(2);
    for (const [even, odd] of camera.clientPorts) expect([even % 2, odd - even]).toEqual([0, 1]);
    expect(udp.opened).toContainEqual({ host: '127.0.0.1', family: 'udp4' });
    await eventually(() => camera.received.rtp.length).toBe(2);
    expect(camera.received.rtp[0]).toEqual(Buffer.from('800000000000000000000000', 'hex'));
    await camera.rtp(0, rtpPacket(7), rtpPacket(8));
    const sound = rtpPacket(9);
    sound[1] = 0;
    await camera.rtp(1, sound);
    await camera.rtcp(1, senderReport());
    await eventually(() => session.packets.length).toBe(4);
    expect(session.packets).toEqual(expect.arrayContaining([rtp(0, 7), rtp(0, 8), rtp(1, 9)]));
    expect(session.packets).toContainEqual({ track: 1, kind: 'rtcp', seq: 0x8000_0000 });
    expect(session.client.send(0, 'rtcp', Buffer.from('80ca0000', 'hex'))).toBe(true);
    await session.client.close();
    expect(udp.open.size).toBe(0);
    expect(session.clock.pending).toBe(0);
    expect(session.client.send(0, 'rtcp', Buffer.from('80ca0000', 'hex'))).toBe(false);
  });

  it('gets receiver reports with what was lost, every 4 s', async () => {
    await using udp = await UdpSession.start();
    const { camera, session } = udp;
    await session.play();
    await eventually(() => camera.received.rtcp.length).toBe(2);
    const source = (seq: number) => {
      const packet = rtpPacket(seq);
      packet.writeUInt32BE(0x2a, 8);
      return packet;
    };
    await camera.rtp(0, source(1), source(2), source(4), source(5));
    await eventually(() => session.packets.length).toBe(2);
    session.clock.advance(4000);
    expect(udp.seqs).toEqual([1, 2, 4, 5]);
    await eventually(() => camera.received.rtcp.filter((packet) => packet[0] === 0x81).length).toBe(1);
    const report = camera.received.rtcp.find((packet) => packet[0] === 0x81)!;
    expect(report.readUInt32BE(8)).toBe(0x2a);
    expect([report[12], report.readUIntBE(13, 3), report.readUInt32BE(16)]).toEqual([51, 1, 5]);
    session.clock.advance(4000);
    await eventually(() => camera.received.rtcp.length).toBeGreaterThanOrEqual(6);
  });

  it('quirk 34, quirk 36: packets in disorder come in order, those of 10 kB (packetization-mode 0) whole', async () => {
    await using udp = await UdpSession.start();
    await udp.session.play();
    await udp.camera.rtp(0, rtpPacket(1), rtpPacket(3, 10_000), rtpPacket(2, 12_000), rtpPacket(4));
    await eventually(() => udp.seqs).toEqual([1, 2, 3, 4]);
  });

  it.each<[string, UdpCameraOptions['transport']]>([
    ['quirk 29: no server_port', (asked) => asked],
    ['quirk 29: server_port 0', (asked) => `${asked};server_port=0-0`],
    ['quirk 29: another server_port than it sends from', (asked) => `${asked};server_port=9-10`],
    ['quirk 29: one server_port', (asked, [rtpPort]) => `${asked};server_port=${rtpPort}`],
    [
      'quirk 29: host names',
      (asked, [a, b]) => `${asked};source=cam.local;destination=nvr;server_port=${a}-${b}`,
    ],
    ['quirk 29: RTP/AVP, no client_port', (_, [a, b]) => `RTP/AVP;unicast;server_port=${a}-${b}`],
    ['quirk 30: SSRC with spaces', (asked, [a, b]) => `ssrc= 1 F;${asked};server_port=${a}-${b}`],
    ['quirk 29: nothing at all', () => ''],
  ])('%s', async (_, transport) => {
    await using udp = await UdpSession.start(transport ? { transport } : {});
    await udp.session.play();
    await udp.camera.rtp(0, rtpPacket(3), rtpPacket(4));
    await eventually(() => udp.seqs).toEqual([3, 4]);
    udp.session.clock.advance(4000);
    await eventually(() => udp.camera.received.rtcp.length).toBeGreaterThanOrEqual(1);
  });

  it('quirk 36: a camera that answers with TCP is played over TCP', async () => {
    await using udp = await UdpSession.start({
      transport: () => 'RTP/AVP/TCP;unicast;interleaved=0-1',
      answers: { PLAY: { behind: interleaved(0, rtpPacket(5)) } },
    });
    await udp.session.play();
    await eventually(() => udp.session.packets).toEqual([rtp(0, 5)]);
  });

  it('quirk 30: another SSRC in mid-stream is another source, at whatever number', async () => {
    await using udp = await UdpSession.start();
    await udp.session.play();
    const other = rtpPacket(40_000);
    other.writeUInt32BE(77, 8);
    await udp.camera.rtp(0, rtpPacket(1), other);
    await eventually(() => udp.seqs).toEqual([1, 40_000]);
  });
});

describe('strangers', () => {
  it('another address, another port, and garbage go no further', async () => {
    await using udp = await UdpSession.start();
    const { camera, session } = udp;
    await session.play();
    const stranger = createSocket('udp4');
    const neighbour = createSocket('udp4');
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.2', resolve));
    await new Promise<void>((resolve) => neighbour.bind(0, '127.0.0.1', resolve));
    const [port] = camera.clientPorts[0]!;
    await sendAll(stranger, port, [rtpPacket(666)]);
    await camera.rtp(0, rtpPacket(1));
    await eventually(() => session.packets.length).toBe(1);
    await sendAll(neighbour, port, [rtpPacket(667)]);
    await sendAll(
      stranger,
      port,
      Array.from({ length: 50 }, (_, i) => rtpPacket(2 + i)),
    );
    await camera.rtp(0, Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(11, 0x80), rtpPacket(2));
    await eventually(() => udp.seqs).toEqual([1, 2]);
    expect(session.client.strayPackets).toBeGreaterThanOrEqual(4);
    stranger.close();
    neighbour.close();
  });

  it('no bytes whatever end the session or throw', async () => {
    await using udp = await UdpSession.start();
    const { camera, session } = udp;
    await session.play();
    const datagrams = fc.sample(fc.uint8Array({ minLength: 0, maxLength: 64 }), {
      seed: 20261120,
      numRuns: 2000,
    });
    for (const [index, bytes] of datagrams.entries()) {
      const packet = Buffer.from(bytes);
      if (packet.length > 0 && index % 2 === 0) packet[0] = 0x80 | (packet[0]! & 0x3f);
      if (packet.length > 1 && index % 3 === 0) packet[1] = 200 + (packet[1]! % 8);
      await (index % 4 === 0 ? camera.rtcp(0, packet) : camera.rtp(0, packet));
    }
    // A run of a new source is taken, whatever came before.
    await camera.rtp(0, rtpPacket(100), rtpPacket(101), rtpPacket(102));
    await eventually(() => udp.seqs.slice(-3)).toEqual([100, 101, 102]);
    expect(session.lost).toEqual([]);
  });
});

describe('fall-back', () => {
  it('no packet within 5 s of PLAY: the session fails and names its transport', async () => {
    await using udp = await UdpSession.start();
    const { session } = udp;
    await session.play();
    session.clock.advance(4999);
    expect(session.lost).toEqual([]);
    session.clock.advance(1);
    expect(session.lost).toMatchObject([{ code: 'timeout', transport: 'udp' }]);
    await session.client.close();
    expect(udp.open.size).toBe(0);
  });

  it('with packets nothing fails', async () => {
    await using udp = await UdpSession.start();
    await udp.session.play();
    await udp.camera.rtp(0, rtpPacket(1));
    await eventually(() => udp.session.packets.length).toBe(1);
    udp.session.clock.advance(20_000);
    expect(udp.session.lost).toEqual([]);
  });

  it('TCP is watched when it is asked for', async () => {
    await using session = await CameraSession.start(new FakeClock(), decent(), {
      timeouts: { firstPacketMs: 2000 },
    });
    await session.play();
    session.clock.advance(2000);
    expect(session.lost).toMatchObject([{ code: 'timeout', transport: 'tcp' }]);
  });

  it.each<[string, RtspTransport, (asked: string) => boolean]>([
    ['quirk 36: UDP only', 'tcp', (asked) => asked.includes('client_port')],
    ['quirk 36: TCP only', 'udp', (asked) => asked.includes('interleaved')],
  ])('%s: 461, then the other one plays', async (_, first, suits) => {
    const choice = new TransportChoice(first === 'tcp' ? ['tcp', 'udp'] : ['udp', 'tcp']);
    const camera = await UdpCamera.open();
    const decentSetup = camera.script;
    const script: UdpCamera['script'] = (request, socket, received) => {
      const asked = request.headers.get('transport')?.[0] ?? '';
      if (request.method === 'SETUP' && !suits(asked)) return status(461);
      return decentSetup(request, socket, received);
    };
    const openUdp = ({ family }: UdpTarget) => createSocket(family);
    const connect = async () =>
      CameraSession.start(new FakeClock(), script, { transport: choice.current, openUdp });
    {
      await using session = await connect();
      const error = await session.play().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: 461, transport: first });
      expect(choice.failed(error)).toBe(true);
    }
    expect(choice.current).not.toBe(first);
    await using session = await connect();
    await session.play();
    expect(session.lost).toEqual([]);
    await camera[Symbol.asyncDispose]();
  });

  it('quirk 13: the other transport is asked on a new connection that describes once', async () => {
    const camera = await UdpCamera.open();
    const described: number[] = [];
    const script: UdpCamera['script'] = (request, socket, received) => {
      if (request.method === 'DESCRIBE') described.push(socket.remotePort!);
      const asked = request.headers.get('transport')?.[0] ?? '';
      if (request.method === 'SETUP' && asked.includes('TCP')) return status(461);
      return camera.script(request, socket, received);
    };
    const openUdp = ({ family }: UdpTarget) => createSocket(family);
    for (const transport of ['tcp', 'udp'] as const) {
      await using session = await CameraSession.start(new FakeClock(), script, { transport, openUdp });
      await session.play().catch((error: unknown) => expect(error).toMatchObject({ transport: 'tcp' }));
    }
    expect(described).toHaveLength(2);
    expect(new Set(described).size).toBe(2);
    await camera[Symbol.asyncDispose]();
  });

  it('what the opener throws is passed on, and nothing stays open', async () => {
    const denied = new Error('not on this network');
    await using udp = await UdpSession.start(
      {},
      {
        openUdp: () => {
          throw denied;
        },
      },
    );
    await expect(udp.session.play()).rejects.toBe(denied);
  });
});

/** An SR without blocks. */
function senderReport(): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c8_0006, 0);
  report.writeUInt32BE(0x8000_0000, 12);
  return report;
}
