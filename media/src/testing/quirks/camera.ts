import type { Socket } from 'node:net';
import type { RtspTransport } from '../../rtsp/index.ts';
import {
  interleaved,
  type Script,
  type ScriptedAnswer,
  ScriptedCamera,
} from '../../rtsp/testing/scripted-camera.ts';
import { TunnelServer } from '../../rtsp/testing/tunnel-server.ts';
import { UdpCamera } from '../../rtsp/testing/udp-camera.ts';
import { type Clock, systemClock } from '../../stream/index.ts';
import { SELF_SIGNED } from '../self-signed.ts';
import { FILM, type Film } from './film.ts';
import type { Asked, Behaviour, Quirk, Send } from './quirk.ts';
import { sendsOf, shotsOf } from './shots.ts';
import { Transmission } from './transmission.ts';

export interface QuirkyCameraOptions {
  /** 0 when absent: any free port. */
  readonly port?: number;
  /** 127.0.0.1 when absent. */
  readonly host?: string;
  readonly clock?: Clock;
}

/** Where the packets of a track go: channels of its connection, or ports of its client. */
interface Carrier {
  readonly udp: boolean;
  readonly rtp: number;
  readonly rtcp: number;
}

type Session = {
  transmission: Transmission | undefined;
  readonly carriers: Map<number, Carrier>;
  readonly id: number;
};
type Request = Parameters<Script>[0];

const PUBLIC = 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER';

/** An RTSP server with one camera that does one of the things that real ones do. */
export class QuirkyCamera implements AsyncDisposable {
  readonly #behaviour: Behaviour;
  readonly #film: Film;
  readonly #clock: Clock;
  readonly #host: string;
  readonly #udp: UdpCamera;
  readonly #camera: ScriptedCamera;
  readonly #tunnel: TunnelServer | undefined;
  readonly #sessions = new Map<Socket, Session>();
  readonly #counts = new Map<string, number>();
  #connections = 0;

  private constructor(behaviour: Behaviour, options: QuirkyCameraOptions, udp: UdpCamera) {
    this.#behaviour = behaviour;
    this.#film = behaviour.film ?? FILM;
    this.#clock = options.clock ?? systemClock;
    this.#host = options.host ?? '127.0.0.1';
    this.#udp = udp;
    const script: Script = (request, socket) => this.#answer(request, socket);
    this.#camera = new ScriptedCamera(script, behaviour.door === 'tls' ? SELF_SIGNED : undefined);
    this.#camera.onPacket = (channel, bytes) => behaviour.received?.(channel, bytes);
    this.#tunnel = behaviour.door === 'http' ? new TunnelServer(() => this.#camera.port) : undefined;
  }

  /** Throws what the system says when the port is not to be had. */
  static async start(quirk: Pick<Quirk, 'behave'>, options: QuirkyCameraOptions = {}): Promise<QuirkyCamera> {
    const host = options.host ?? '127.0.0.1';
    const made = new QuirkyCamera(quirk.behave(), options, await UdpCamera.open({}, host));
    const tunnel = made.#tunnel;
    await made.#camera.start(tunnel ? 0 : options.port, tunnel ? '127.0.0.1' : host);
    await tunnel?.start(options.port, host);
    return made;
  }

  /** The address to give to a client, with its login. */
  get url(): string {
    const { login = '', path = '/live', door = 'tcp' } = this.#behaviour;
    const port = (this.#tunnel ?? this.#camera).port;
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `${door === 'tls' ? 'rtsps' : 'rtsp'}://${login && `${login}@`}${host}:${port}${path}`;
  }

  get film(): Film {
    return this.#film;
  }

  /** What a client should try, in this order. */
  get transports(): readonly RtspTransport[] {
    return this.#behaviour.door === 'http' ? ['http'] : (this.#behaviour.transports ?? ['tcp', 'udp']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { transmission } of this.#sessions.values()) transmission?.close();
    await this.#tunnel?.[Symbol.asyncDispose]();
    await this.#camera[Symbol.asyncDispose]();
    await this.#udp[Symbol.asyncDispose]();
  }

  #answer(request: Request, socket: Socket): ScriptedAnswer {
    const { method } = request;
    const session = this.#session(socket);
    const count = (this.#counts.get(method) ?? 0) + 1;
    this.#counts.set(method, count);
    const asked: Asked = {
      method,
      uri: request.uri,
      header: (name) => request.headers.get(name)?.[0],
      count,
      connection: session.id,
      write: (bytes) => void socket.write(bytes),
      end: () => void socket.destroy(),
    };
    const decent = this.#decent(asked);
    const answer = this.#behaviour.answer?.(decent, asked) ?? decent;
    if ((answer.status ?? 200) < 300) this.#granted(asked, answer, session, socket);
    return answer;
  }

  #session(socket: Socket): Session {
    const known = this.#sessions.get(socket);
    if (known) return known;
    const session: Session = { transmission: undefined, carriers: new Map(), id: ++this.#connections };
    this.#sessions.set(socket, session);
    socket.on('close', () => {
      session.transmission?.close();
      this.#sessions.delete(socket);
    });
    return session;
  }

  #decent({ method, uri, header }: Asked): ScriptedAnswer {
    if (method === 'OPTIONS') return { headers: [['Public', PUBLIC]] };
    if (method === 'DESCRIBE') {
      const headers = [
        ['Content-Base', `${uri}/`],
        ['Content-Type', 'application/sdp'],
      ] as const;
      return { headers, body: this.#description() };
    }
    if (method !== 'SETUP') return {};
    const wanted = header('transport') ?? '';
    const [a, b] = this.#udp.pair.ports;
    const decent = /client_port/.test(wanted) ? `${wanted};server_port=${a}-${b}` : wanted;
    const transport = this.#behaviour.transport?.(wanted, [a, b]) ?? decent;
    const headers = [
      ['Transport', transport],
      ['Session', '4711;timeout=60'],
    ] as const;
    return { headers };
  }

  #description(): string {
    const media = this.#film.flatMap(({ sdp }, track) => [...sdp, `a=control:trackID=${track}`]);
    const lines = ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=camera', 'c=IN IP4 0.0.0.0', 't=0 0', ...media];
    return this.#behaviour.sdp?.(lines) ?? `${lines.join('\r\n')}\r\n`;
  }

  #granted(asked: Asked, answer: ScriptedAnswer, session: Session, socket: Socket): void {
    if (asked.method === 'SETUP') this.#setUp(asked, answer, session);
    else if (asked.method === 'PLAY') this.#play(session, socket);
    else if (asked.method === 'TEARDOWN') session.transmission?.close();
  }

  #setUp(asked: Asked, answer: ScriptedAnswer, session: Session): void {
    const named = /track(?:ID)?=?(\d)/i.exec(asked.uri)?.[1];
    const track = named === undefined ? session.carriers.size : Number(named);
    const wanted = asked.header('transport') ?? '';
    const given = answer.headers?.find(([name]) => name === 'Transport')?.[1] ?? '';
    const ports = /client_port=(\d+)-(\d+)/.exec(wanted);
    const channels =
      /interleaved=(\d+)(?:-(\d+))?/.exec(given) ?? /interleaved=(\d+)(?:-(\d+))?/.exec(wanted);
    const udp = ports !== null && !/interleaved/.test(given);
    const [, rtp = 0, rtcp = Number(rtp) + 1] = (udp ? ports : channels) ?? [];
    session.carriers.set(track, { udp, rtp: Number(rtp), rtcp: Number(rtcp) });
  }

  #play(session: Session, socket: Socket): void {
    const { shots = (all) => all, sends = (all) => all } = this.#behaviour;
    const packets = sends(sendsOf(shots(shotsOf(this.#film)), this.#film, this.#clock.utc()));
    session.transmission?.close();
    session.transmission = new Transmission(packets, this.#clock, (send) =>
      this.#send(session, socket, send),
    );
  }

  #send({ carriers }: Session, socket: Socket, { track, kind, bytes }: Send): void {
    const carrier = carriers.get(track);
    if (kind === 'raw') socket.write(bytes);
    else if (!carrier) return;
    else if (!carrier.udp) socket.write(interleaved(carrier[kind], bytes));
    else {
      const { rtp, rtcp } = this.#udp.pair;
      const to = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1';
      // What cannot be sent is lost, as any datagram may be.
      (kind === 'rtp' ? rtp : rtcp).send(bytes, carrier[kind], to, () => undefined);
    }
  }
}
