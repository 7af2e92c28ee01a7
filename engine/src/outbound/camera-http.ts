import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ClientAuth, type Credentials } from '@nightjar/media/rtsp';
import type { CameraSockets } from './camera-socket.ts';

export interface CameraHttpOptions {
  readonly sockets: Pick<CameraSockets, 'http'>;
  /** `http:` or `https:`, without credentials. */
  readonly url: string;
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal;
  /** Only these bytes are asked for; what answers may give all of them. */
  readonly range?: { readonly offset: number; readonly length: number } | undefined;
  /** Looks at the certificate before anything is said; destroys the socket to refuse it. */
  readonly trust: (socket: TLSSocket) => void;
}

/** An answer, and the address it came from after redirects. */
export interface CameraAnswer {
  readonly answer: IncomingMessage;
  readonly url: string;
}

/** Why a camera did not give what was asked for; `message` repeats nothing of its address. */
export class CameraHttpError extends Error {
  readonly reason: 'auth_failed' | 'not_found' | 'protocol_error' | 'closed_by_camera';

  constructor(reason: CameraHttpError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

const MAX_REDIRECTS = 3;
const MAX_ATTEMPTS = 6;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * A camera's answer to a GET, its body unread. Challenges are answered and redirects followed, each through the
 * outbound policy; credentials go to no other host. Rejects with CameraHttpError, TargetDeniedError, or the
 * system's error.
 */
export async function openCameraHttp(options: CameraHttpOptions): Promise<CameraAnswer> {
  let visit = visitTo(new URL(options.url), options.credentials);
  for (let attempt = 0, redirects = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const answer = await request(visit.url, visit.auth, options);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return { answer, url: visit.url.href };
    answer.destroy();
    if (status === 401) {
      if (visit.auth.accept(challengesOf(answer), visit.challenged++)) continue;
      throw new CameraHttpError('auth_failed', 'the camera does not accept these credentials');
    }
    const { location } = answer.headers;
    if (!REDIRECTS.has(status) || location === undefined || redirects++ >= MAX_REDIRECTS) {
      throw refusal(status);
    }
    const next = redirected(visit.url, location);
    visit = visitTo(next, next.host === visit.url.host ? visit.credentials : undefined);
  }
  throw new CameraHttpError('protocol_error', 'the camera redirects without end');
}

/** One address, and how far its challenges were answered. */
function visitTo(url: URL, credentials: Credentials | undefined) {
  return { url, credentials, auth: new ClientAuth(credentials, randomBytes), challenged: 0 };
}

function refusal(status: number): CameraHttpError {
  if (status === 403) return new CameraHttpError('auth_failed', 'the camera refuses access (403)');
  if (status === 404) return new CameraHttpError('not_found', 'the camera has nothing at this address (404)');
  return new CameraHttpError('protocol_error', `the camera answered ${status}`);
}

function redirected(from: URL, location: string): URL {
  const next = URL.parse(location, from.href);
  const secure = from.protocol === 'https:';
  if (!next || (next.protocol !== 'https:' && (secure || next.protocol !== 'http:'))) {
    throw new CameraHttpError('protocol_error', 'the camera redirects to what is no HTTP address');
  }
  return next;
}

function challengesOf({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter(
    (_value, index) => rawHeaders[index - 1]?.toLowerCase() === 'www-authenticate' && index % 2 === 1,
  );
}

async function request(url: URL, auth: ClientAuth, options: CameraHttpOptions): Promise<IncomingMessage> {
  const socket = await connected(url, options);
  const path = `${url.pathname}${url.search}`;
  const authorization = auth.header('GET', path);
  const message = http().request({
    createConnection: () => socket,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: portOf(url),
    path,
    headers: {
      'user-agent': 'Nightjar',
      accept: '*/*',
      connection: 'close',
      ...(options.range ? { range: rangeOf(options.range) } : {}),
      ...(authorization === undefined ? {} : { authorization }),
    },
    signal: options.signal,
  });
  message.end();
  const [answer] = (await once(message, 'response', { signal: options.signal })) as [IncomingMessage];
  // Whoever reads the body hears of it; a request that is over is nobody's error.
  message.on('error', () => undefined);
  return answer;
}

const rangeOf = ({ offset, length }: { offset: number; length: number }): string =>
  `bytes=${offset}-${offset + length - 1}`;

/** Nothing is said before the certificate was looked at: an address may hold a secret. */
async function connected(url: URL, { sockets, signal, trust }: CameraHttpOptions): Promise<Socket> {
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket = sockets.http({ host, port: portOf(url), secure });
  try {
    await once(socket, secure ? 'secureConnect' : 'connect', { signal });
    if (secure) trust(socket as TLSSocket);
    if (socket.destroyed) throw socket.errored ?? new CameraHttpError('closed_by_camera', 'the camera left');
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
}

const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);

/** Loaded when the first camera speaks HTTP: an import reads all its exports, the bundled fetch among them. */
const http = (): typeof import('node:http') => process.getBuiltinModule('node:http');
