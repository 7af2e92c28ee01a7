import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from '../harness/command.ts';

/** Somebody who gives the RTP packets that it decrypted. */
export interface PacketSource {
  onPacket: ((packet: Buffer) => void) | undefined;
}

const HOST = '127.0.0.1';

/** An even port, which nothing has at the moment, as the one after it. */
async function portPair(): Promise<number> {
  for (;;) {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    try {
      sockets[0].bind(0, HOST);
      await once(sockets[0], 'listening');
      const { port } = sockets[0].address();
      if (port % 2 !== 0) continue;
      sockets[1].bind(port + 1, HOST);
      await once(sockets[1], 'listening');
      return port;
    } finally {
      for (const socket of sockets) socket.close();
    }
  }
}

/** Has ffmpeg decode what a peer decrypts, over UDP, until it has `count` pictures. Their sums, one each. */
export async function decoded(
  source: PacketSource,
  { codec, payloadType, count }: { codec: 'H264' | 'H265'; payloadType: number; count: number },
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nightjar-decoded-'));
  const port = await portPair();
  const socket = createSocket('udp4');
  const description = join(folder, 'session.sdp');
  const lines = [
    ...['v=0', `o=- 0 0 IN IP4 ${HOST}`, 's=-', `c=IN IP4 ${HOST}`, 't=0 0'],
    ...[`m=video ${port} RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${codec}/90000`],
    ...(codec === 'H264' ? [`a=fmtp:${payloadType} packetization-mode=1`] : []),
  ];
  try {
    await writeFile(description, `${lines.join('\r\n')}\r\n`);
    source.onPacket = (packet) => {
      // RFC 5761 4: those are RTCP.
      const type = packet[1]! & 0x7f;
      if (type < 64 || type >= 96) socket.send(packet, port, HOST);
    };
    const listing = await outputOf(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'fatal', '-protocol_whitelist', 'file,udp,rtp', '-i', description],
        ...['-map', '0:v', '-frames:v', String(count), '-f', 'framemd5', '-'],
      ],
      { timeoutMs: 30_000 },
    );
    const rows = listing.toString().split('\n');
    return rows.filter((line) => line.startsWith('0,')).map((line) => line.split(',').at(-1)!.trim());
  } finally {
    source.onPacket = undefined;
    socket.close();
    await rm(folder, { recursive: true, force: true });
  }
}
