import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { RTCPeerConnection, useH264 } from 'werift';

const HOST = '127.0.0.1';

/** werift as a viewer: ICE, DTLS and SRTP in TypeScript, of another hand than ours. */
export class WeriftPeer implements AsyncDisposable {
  onPacket: ((packet: Buffer) => void) | undefined;
  readonly #peer: RTCPeerConnection;
  readonly #stun: Socket;
  /** Its offer, with every candidate in it. */
  readonly offer: Promise<string>;

  private constructor(stun: Socket) {
    this.#stun = stun;
    this.#peer = new RTCPeerConnection({
      // Without any it looks up a public server, and waits 5 s for one that is not there.
      iceServers: [{ urls: `stun:${HOST}:${stun.address().port}` }],
      iceAdditionalHostAddresses: [HOST],
      codecs: { video: [useH264()], audio: [] },
    });
    this.#peer.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe((packet) => this.onPacket?.(packet.serialize()));
    });
    this.#peer.addTransceiver('video', { direction: 'recvonly' });
    this.offer = this.#gather();
  }

  static async start(): Promise<WeriftPeer> {
    const stun = createSocket('udp4');
    stun.on('message', (request, { address, port }) =>
      stun.send(mapped(request, address, port), port, address),
    );
    stun.bind(0, HOST);
    await once(stun, 'listening');
    return new WeriftPeer(stun);
  }

  get state(): string {
    return this.#peer.connectionState;
  }

  async answer(sdp: string): Promise<void> {
    await this.#peer.setRemoteDescription({ type: 'answer', sdp });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer.close();
    const closed = once(this.#stun, 'close');
    this.#stun.close();
    await closed;
  }

  async #gather(): Promise<string> {
    await this.#peer.setLocalDescription(await this.#peer.createOffer());
    return this.#peer.localDescription?.sdp ?? '';
  }
}

/** A binding success response: where the request came from (RFC 8489 6.3.1.1, 14.2). */
function mapped(request: Buffer, address: string, port: number): Buffer {
  const head = Buffer.from(request.subarray(0, 20));
  head.writeUInt16BE(0x0101, 0);
  head.writeUInt16BE(12, 2);
  const cookie = head.subarray(4, 8);
  const place = Buffer.from([port >> 8, port & 255]).map((byte, at) => byte ^ cookie[at]!);
  const host = Buffer.from(address.split('.').map(Number)).map((byte, at) => byte ^ cookie[at]!);
  return Buffer.concat([head, Buffer.from([0, 0x20, 0, 8, 0, 1]), place, host]);
}
