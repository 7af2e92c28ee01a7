import { createSecretKey, randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket as TcpSocket } from 'node:net';
import type { Identity } from '../certificate/index.ts';
import { cut } from '../dtls/prf.ts';
import {
  MASTER_SALT_BYTES,
  SRTP_PROFILES,
  type SrtpProfile,
  SrtpReceiver,
  SrtpSender,
} from '../srtp/index.ts';
import { ATTRIBUTE, BINDING, readStun, type StunMessage, writeStun } from '../stun/index.ts';
import { kindOf } from '../transport/datagram-kind.ts';
import { FrameReader, framed } from '../transport/framing.ts';
import type { IceCredentials } from '../transport/index.ts';
import { DtlsClient } from './dtls-client.ts';

export interface TestPeerOptions {
  readonly protocol: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
  readonly identity: Identity;
  readonly ice: IceCredentials;
  /** The only one that it offers; absent: what browsers offer. */
  readonly profile?: SrtpProfile;
}

const { AES128_CM_HMAC_SHA1_80, AEAD_AES_128_GCM } = SRTP_PROFILES;
/** Chromium's order. */
const OFFERED = [AES128_CM_HMAC_SHA1_80, AEAD_AES_128_GCM];

const profileOf = (number: number | undefined): SrtpProfile =>
  number === AEAD_AES_128_GCM ? 'AEAD_AES_128_GCM' : 'AES128_CM_HMAC_SHA1_80';

/** A peer over a real socket that does one thing at a time, when told to: checks, handshake, packets. */
export class TestPeer implements AsyncDisposable {
  readonly options: TestPeerOptions;
  readonly dtls: DtlsClient;
  /** Plain packets that came, in order. */
  readonly rtp: Buffer[] = [];
  readonly rtcp: Buffer[] = [];
  readonly answers: StunMessage[] = [];
  closed = false;
  #send: (datagram: Buffer) => void = () => undefined;
  #close: () => void = () => undefined;
  #stall: () => void = () => undefined;
  #resume: () => void = () => undefined;
  #outgoing: SrtpSender | undefined;
  #incoming: SrtpReceiver | undefined;
  #came: (() => void)[] = [];

  private constructor(options: TestPeerOptions) {
    this.options = options;
    const { profile } = options;
    this.dtls = new DtlsClient({
      identity: options.identity,
      send: (datagram) => this.#send(datagram),
      profiles: profile ? [SRTP_PROFILES[profile]] : OFFERED,
    });
  }

  static async open(options: TestPeerOptions): Promise<TestPeer> {
    const peer = new TestPeer(options);
    if (options.protocol === 'udp') await peer.#udp();
    else await peer.#tcp();
    return peer;
  }

  /** Sends a connectivity check. */
  check(more: { password?: string; ufrag?: string; nominate?: boolean; controlled?: boolean } = {}): void {
    const { ice } = this.options;
    const attributes: [number, Buffer][] = [
      [ATTRIBUTE.username, Buffer.from(`${more.ufrag ?? ice.ufrag}:theirs`)],
      [ATTRIBUTE.priority, Buffer.alloc(4, 1)],
      [more.controlled ? ATTRIBUTE.iceControlled : ATTRIBUTE.iceControlling, Buffer.alloc(8, 1)],
    ];
    if (more.nominate) attributes.push([ATTRIBUTE.useCandidate, Buffer.alloc(0)]);
    const key = createSecretKey(Buffer.from(more.password ?? ice.password));
    this.raw(writeStun(BINDING.request, randomBytes(12), attributes, key));
  }

  /** Checks, nominates and shakes hands; ends when the server's Finished came. */
  async connect(): Promise<void> {
    this.check({ nominate: true });
    await this.until(() => this.answers.length > 0);
    this.dtls.hello();
    await this.until(() => this.dtls.connected);
  }

  /** An authentic packet, for whoever sends it. */
  sealed(header: Buffer, payload: Buffer): Buffer {
    return Buffer.concat(this.#outgoing!.rtp(header, payload)!);
  }

  sendRtp(header: Buffer, payload: Buffer): void {
    this.raw(this.sealed(header, payload));
  }

  sendRtcp(packet: Buffer): void {
    this.raw(this.#outgoing!.rtcp(packet)!);
  }

  /** Stops to read its connection, as a program that hangs does. */
  stall(): void {
    this.#stall();
  }

  /** Reads it again. */
  resume(): void {
    this.#resume();
  }

  /** Packets that came and were not what was sealed. */
  get forged(): number {
    return this.#incoming?.refused.forged ?? 0;
  }

  raw(datagram: Buffer): void {
    this.#send(datagram);
  }

  /** Resolves once `is` holds, looked at whenever something came. */
  async until(is: () => boolean): Promise<void> {
    while (!is()) await new Promise<void>((resolve) => this.#came.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.until(() => this.closed);
  }

  async #udp(): Promise<void> {
    const { host, port } = this.options;
    const socket: UdpSocket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    socket.on('message', (b) => this.#take(b));
    socket.once('close', () => this.#ended());
    this.#send = (datagram) => socket.send(datagram, port, host);
    this.#close = () => {
      if (!this.closed) socket.close();
    };
  }

  async #tcp(): Promise<void> {
    const { host, port } = this.options;
    const socket: TcpSocket = connect(port, host);
    await once(socket, 'connect');
    const reader = new FrameReader((b) => this.#take(b));
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#ended());
    this.#send = (datagram) => socket.write(framed([datagram]));
    this.#stall = () => socket.pause();
    this.#resume = () => socket.resume();
    this.#close = () => socket.destroy();
  }

  #ended(): void {
    this.closed = true;
    this.#wake();
  }

  #take(b: Buffer): void {
    const kind = kindOf(b);
    if (kind === 'stun') this.answers.push(readStun(b, 0, b.length));
    else if (kind === 'dtls') this.#shake(b);
    else if (kind) {
      const end = this.#incoming?.[kind](b, 0, b.length) ?? -1;
      if (end > 0) this[kind].push(b.subarray(0, end));
    }
    this.#wake();
  }

  /** Media may follow in the same read: its keys are there with the handshake's last message. */
  #shake(b: Buffer): void {
    this.dtls.receive(b);
    if (!this.dtls.connected || this.#incoming) return;
    const profile = profileOf(this.dtls.chosenProfile);
    const salt = MASTER_SALT_BYTES[profile];
    const [key, theirKey, ourSalt, theirSalt] = cut(this.dtls.exported, [16, 16, salt, salt]);
    this.#outgoing = new SrtpSender(profile, { key: key!, salt: ourSalt! });
    this.#incoming = new SrtpReceiver(profile, { key: theirKey!, salt: theirSalt! });
  }

  #wake(): void {
    const waiting = this.#came;
    this.#came = [];
    for (const resolve of waiting) resolve();
  }
}
