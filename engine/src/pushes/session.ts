import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { DesiredPush } from '@nightjar/contract/link';
import { parseRtmpUrl, RtmpClient, RtmpError, rtmpFraming } from '@nightjar/media/rtmp';
import { type Connect, parseRtspUrl, RtspError, RtspPublisher } from '@nightjar/media/rtsp';
import type { Clock } from '@nightjar/media/stream';
import type { EngineStream } from '../streams/index.ts';
import { Outflow } from './outflow.ts';

export interface PushSessionOptions {
  readonly push: DesiredPush;
  readonly stream: Pick<EngineStream, 'flv' | 'sender' | 'attend'>;
  readonly connect: Connect;
  readonly readBuffer: Buffer;
  readonly clock: Clock;
  /** The server takes what is sent. */
  readonly onLive: () => void;
}

/** The server's certificate is none that is trusted. */
export class PushCertificateError extends Error {
  override readonly name = 'PushCertificateError';
}

/** One connection to a server outside: rejects when it is lost, the stream changes, or with the signal's reason. */
export type PushSession = (options: PushSessionOptions, signal: AbortSignal) => Promise<never>;

/** How each scheme is pushed to. */
export function pushSession(url: string): PushSession | undefined {
  if (/^rtmps?:/i.test(url)) return pushRtmp;
  return /^rtsps?:/i.test(url) ? pushRtsp : undefined;
}

const NOT_CARRIED = 'the stream has nothing that can be sent this way';
const CHANGED = 'the stream goes on with other tracks';

async function pushRtmp(options: PushSessionOptions, signal: AbortSignal): Promise<never> {
  const { push, stream, connect, readBuffer, clock } = options;
  const parsed = parseRtmpUrl(withLogin(push));
  if (!parsed) throw new RtmpError('protocol_error', 'the address is not an RTMP URL with an application');
  const lost = rejection(signal);
  const client = new RtmpClient({
    url: parsed,
    connect: (target, onread) => connect(target, onread),
    ...{ readBuffer, clock, random: randomBytes },
    sink: { tag: () => undefined },
    trust: (socket) => trust(socket, push.tls_pin),
    onClose: lost.reject,
  });
  const outflow = new Outflow(client, clock, () => lost.reject(tooSlow()));
  let leave = (): void => undefined;
  try {
    await Promise.race([client.publish(), lost.promise]);
    await stream.attend();
    let described = false;
    leave = stream.flv.of(rtmpFraming).join({
      onHeaders: (messages) => {
        described = true;
        for (const message of messages) outflow.head(message);
      },
      onBacklog: (messages) => {
        for (const [at, message] of messages.entries()) outflow.offer(message, at === 0);
      },
      onMessage: (message, key) => outflow.offer(message, key),
      onEnd: () => lost.reject(new RtmpError('closed_by_camera', CHANGED)),
    });
    if (!described) throw new RtmpError('no_playable_track', NOT_CARRIED);
    options.onLive();
    return await lost.promise;
  } finally {
    leave();
    lost.settle();
    await client.close();
  }
}

async function pushRtsp(options: PushSessionOptions, signal: AbortSignal): Promise<never> {
  const { push, stream, connect, readBuffer, clock } = options;
  const url = parseRtspUrl(push.url);
  if (!url) throw new RtspError('protocol_error', 'the address is not an RTSP URL');
  const sender = stream.sender();
  if (!sender || sender.tracks.length === 0) throw new RtspError('no_playable_track', NOT_CARRIED);
  const lost = rejection(signal);
  const { username, password = '' } = push;
  const publisher = new RtspPublisher({
    url,
    ...(username === undefined ? {} : { credentials: { username, password } }),
    connect: (target, onread) => checked(connect(target, onread), push.tls_pin, lost.reject),
    ...{ readBuffer, clock, random: randomBytes },
    onClose: lost.reject,
  });
  const outflow = new Outflow(publisher, clock, () => lost.reject(tooSlow()));
  let leave = (): void => undefined;
  try {
    await Promise.race([publisher.publish(sender.tracks), lost.promise]);
    await stream.attend();
    const video = sender.tracks.map(({ track }) => track.kind === 'video');
    leave = sender.join(
      {
        packets: (chunk, track, key) => outflow.offer(chunk, key && (video[track]! || !video.includes(true))),
        end: () => lost.reject(new RtspError('closed_by_camera', CHANGED)),
      },
      true,
    ).leave;
    options.onLive();
    return await lost.promise;
  } finally {
    leave();
    lost.settle();
    await publisher.close();
  }
}

const tooSlow = (): RtmpError =>
  new RtmpError('closed_by_camera', 'the server does not keep up with the stream');

/** A promise that only rejects: once, and with the signal's reason when that aborts. */
function rejection(signal: AbortSignal) {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const aborted = (): void => reject(signal.reason);
  if (signal.aborted) aborted();
  else signal.addEventListener('abort', aborted, { once: true });
  return { promise, reject, settle: () => signal.removeEventListener('abort', aborted) };
}

/** RTMP has no login of its own: servers read it from the address. */
function withLogin({ url, username, password = '' }: DesiredPush): string {
  if (username === undefined) return url;
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return url.replace('://', `://${login}@`);
}

function checked(socket: Socket, pin: string | undefined, refuse: (error: unknown) => void): Socket {
  if (!(socket instanceof TLSSocket)) return socket;
  // Before anybody else hears of the connection: nothing is said to who is not trusted.
  socket.prependListener('secureConnect', () => {
    try {
      trust(socket, pin);
    } catch (error) {
      refuse(error);
      socket.destroy(error as Error);
    }
  });
  return socket;
}

/** Servers outside are vouched for, or pinned. Throws PushCertificateError. */
function trust(socket: TLSSocket, pin: string | undefined): void {
  const shown = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
  if (pin === undefined ? socket.authorized : shown === pin) return;
  const what = pin === undefined ? 'nobody vouches for' : 'is not the pinned one';
  throw new PushCertificateError(`the server's certificate: ${what} (${shown?.slice(0, 16) ?? 'none'}…)`);
}
