import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parseRtspUrl, RtspClient } from '@nightjar/media/rtsp';

type HeaderPair = readonly [name: string, value: string];

export interface PusherOptions {
  readonly port: number;
  readonly path: string;
  /** Credentials of Basic. */
  readonly login?: string;
}

/** Publishes to an RTSP server what it plays from a camera, with a client of its own making. */
export class Pusher implements AsyncDisposable {
  /** The first answer that was no success, else 200. */
  status = 200;
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;
  readonly #options: PusherOptions;
  readonly #source: RtspClient;
  #cseq = 0;
  #session = '';

  private constructor(url: string, options: PusherOptions) {
    this.#options = options;
    this.#socket = connect(options.port, '127.0.0.1');
    this.#socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#source = new RtspClient({
      url: parseRtspUrl(url)!,
      connect: ({ host, port }, onread) => connect({ host, port, onread }),
      sink: {
        rtp: (track, buffer, start, end) => this.#pass(2 * track, buffer.subarray(start, end)),
        rtcp: (track, buffer, start, end) => this.#pass(2 * track + 1, buffer.subarray(start, end)),
      },
      readBuffer: Buffer.alloc(64 * 1024),
      random: randomBytes,
    });
  }

  static async start(url: string, options: PusherOptions): Promise<Pusher> {
    const pusher = new Pusher(url, options);
    await pusher.#publish();
    return pusher;
  }

  /** The status of a DESCRIBE. */
  static async describe(port: number, path: string, login: string): Promise<number> {
    const socket = connect(port, '127.0.0.1');
    const head = `DESCRIBE rtsp://127.0.0.1/${path} RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic ${login}\r\n\r\n`;
    socket.write(head);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return Number(/^RTSP\/1.0 (\d+)/.exec(bytes.toString())?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.close();
    this.#socket.destroy();
    await this.closed;
  }

  async #publish(): Promise<void> {
    const { sdp } = await this.#source.describe();
    const media = sdp.media.map(
      ({ kind, payloadType, encodingName, clockRate, channels, fmtp }, i) =>
        `m=${kind} 0 RTP/AVP ${payloadType}\r\na=rtpmap:${payloadType} ${encodingName}/${clockRate}${channels > 1 ? `/${channels}` : ''}\r\n` +
        `a=fmtp:${payloadType} ${[...fmtp].map(([name, value]) => `${name}=${value}`).join(';')}\r\na=control:t${i}\r\n`,
    );
    const body = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n${media.join('')}`;
    const base = `rtsp://127.0.0.1:${this.#options.port}/${this.#options.path}`;
    const announce: HeaderPair[] = [['Content-Type', 'application/sdp']];
    if (!(await this.#ask('ANNOUNCE', base, announce, body))) return;
    for (const i of sdp.media.keys()) {
      const transport = `RTP/AVP/TCP;unicast;interleaved=${2 * i}-${2 * i + 1};mode=record`;
      if (!(await this.#ask('SETUP', `${base}/t${i}`, [['Transport', transport]]))) return;
    }
    if (!(await this.#ask('RECORD', base, []))) return;
    await this.#source.setup([...sdp.media.keys()]);
    await this.#source.play();
  }

  async #ask(method: string, uri: string, more: readonly HeaderPair[], body = ''): Promise<boolean> {
    const { login } = this.#options;
    const lines = [
      `${method} ${uri} RTSP/1.0`,
      `CSeq: ${++this.#cseq}`,
      ...(login === undefined ? [] : [`Authorization: Basic ${login}`]),
      ...(this.#session === '' ? [] : [`Session: ${this.#session}`]),
      ...more.map(([name, value]) => `${name}: ${value}`),
      ...(body === '' ? [] : [`Content-Length: ${body.length}`]),
    ];
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    const [bytes] = (await once(this.#socket, 'data')) as [Buffer];
    const text = bytes.toString('latin1');
    this.status = Number(/^RTSP\/1.0 (\d+)/.exec(text)?.[1]);
    this.#session = /\r\nSession: ([^;\r]+)/i.exec(text)?.[1] ?? this.#session;
    return this.status === 200;
  }

  #pass(channel: number, packet: Buffer): void {
    if (this.#socket.destroyed) return;
    const head = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]);
    this.#socket.write(Buffer.concat([head, packet]));
  }
}
