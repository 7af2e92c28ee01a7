import { randomBytes } from 'node:crypto';
import { connect as netConnect } from 'node:net';
import type { RtspClientOptions } from '../client/options.ts';
import { RtspClient } from '../client.ts';
import type { HeaderList } from '../wire/message.ts';
import { parseRtspUrl } from '../wire/url.ts';
import { type Script, type ScriptedAnswer, ScriptedCamera } from './scripted-camera.ts';
import type { TestClock } from './server-world.ts';

/** Two sections: H.264 on `trackID=0`, PCMU on `trackID=1`. */
export const SDP = [
  'v=0',
  's=camera',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:trackID=0',
  'm=audio 0 RTP/AVP 0',
  'a=control:trackID=1',
  '',
].join('\r\n');

/** What a decent camera answers; a test replaces single methods. */
export function decent(answers: Partial<Record<string, Script | ScriptedAnswer>> = {}): Script {
  return (request, socket, received) => {
    const own = answers[request.method];
    if (own) return typeof own === 'function' ? own(request, socket, received) : own;
    if (request.method === 'DESCRIBE') return { body: SDP };
    if (request.method !== 'SETUP') return {};
    const transport = request.headers.get('transport')?.[0] ?? '';
    const headers: HeaderList = [
      ['Transport', transport],
      ['Session', '4711;timeout=60'],
    ];
    return { headers };
  };
}

export interface Received {
  readonly track: number;
  readonly kind: 'rtp' | 'rtcp';
  readonly seq: number;
}

/** A client on a scripted camera, with a fake clock and everything its sink was given. */
export class CameraSession {
  readonly camera: ScriptedCamera;
  readonly clock: TestClock;
  readonly packets: Received[] = [];
  readonly lost: unknown[] = [];
  readonly targets: string[] = [];
  client: RtspClient;

  private constructor(
    clock: TestClock,
    camera: ScriptedCamera,
    options: Partial<RtspClientOptions>,
    url: string | undefined,
  ) {
    this.clock = clock;
    this.camera = camera;
    this.client = this.#client(options, url);
  }

  #client(options: Partial<RtspClientOptions>, url: string | undefined): RtspClient {
    const take = (kind: Received['kind']) => (track: number, buffer: Buffer, start: number, end: number) => {
      const seq = end - start < 16 ? -1 : buffer.readUInt32BE(start + 12);
      this.packets.push({ track, kind, seq });
    };
    return new RtspClient({
      url: parseRtspUrl(url ?? `rtsp://127.0.0.1:${this.camera.port}/live`)!,
      connect: (target, onread) => {
        this.targets.push(`${target.secure ? 'rtsps' : 'rtsp'}://${target.host}:${target.port}`);
        // Every name is this machine, so that a redirect can leave the host.
        return netConnect({ host: '127.0.0.1', port: target.port, onread });
      },
      sink: { rtp: take('rtp'), rtcp: take('rtcp') },
      readBuffer: Buffer.alloc(65536),
      clock: this.clock,
      random: randomBytes,
      onClose: (error) => void this.lost.push(error),
      ...options,
    });
  }

  static async start(
    clock: TestClock,
    script: Script,
    options: Partial<RtspClientOptions> = {},
    url?: (port: number) => string,
  ): Promise<CameraSession> {
    const camera = await new ScriptedCamera(script).start();
    return new CameraSession(clock, camera, options, url?.(camera.port));
  }

  /** Describes, sets both tracks up and plays. */
  async play() {
    const { sdp } = await this.client.describe();
    await this.client.setup(sdp.media.map((media) => media.index));
    return this.client.play();
  }

  /** Methods and addresses (without the origin) in the order the camera got them. */
  get asked(): string[] {
    return this.camera.requests.map(({ method, uri }) => `${method} ${uri.replace(/^rtsp:\/\/[^/]*/, '')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = this.client.close();
    this.clock.advance(1000);
    await closing;
    await this.camera[Symbol.asyncDispose]();
  }
}
