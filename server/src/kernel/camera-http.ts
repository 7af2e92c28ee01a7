import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { DEFAULT_CIPHERS } from 'node:tls';
import type { OutboundPolicy } from '@nightjar/contract/link';
import { addressVerdict, hostVerdict, type Surroundings } from '@nightjar/contract/outbound';

export interface CameraHttpRequest {
  readonly method: string;
  /** `http:` or `https:`; a user part is not sent. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface CameraHttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Every `WWW-Authenticate`. */
  readonly challenges: readonly string[];
}

/** Why there was no answer; the message repeats nothing of the address. */
export class CameraHttpError extends Error {
  readonly reason: 'denied' | 'unreachable' | 'timeout' | 'too_large' | 'no_http';
  constructor(reason: CameraHttpError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Asks a camera over HTTP. Follows no redirect. @throws CameraHttpError. */
export type CameraHttp = (request: CameraHttpRequest) => Promise<CameraHttpAnswer>;

interface Options {
  /** As it is set now. */
  policy: () => OutboundPolicy;
  surroundings: () => Surroundings;
  lookup: (name: string) => Promise<LookupAddress[]>;
}

/** On which cameras answer HTTP, besides what is open to all protocols. */
const HTTP_PORTS = [80, 443];
const MAX_ANSWER = 1024 * 1024;
/** Some know no TLS above 1.0, or have keys of 1,024 bits (quirk 15). */
const OLD_CAMERAS = { minVersion: 'TLSv1', ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` } as const;

/**
 * The only way to a camera's HTTP services: the host is checked by the outbound policy, a name is resolved once,
 * each of its addresses is checked, and the connection goes to a checked address.
 */
export function createCameraHttp(options: Options): CameraHttp {
  return async (request) => {
    const url = parse(request.url);
    const address = await checked(url, options);
    return exchange(request, url, address);
  };
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new CameraHttpError('denied', 'the address is not an HTTP URL');
  }
  return url;
}

const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === 'https:' ? 443 : 80);

async function checked(url: URL, { policy, surroundings, lookup }: Options): Promise<string> {
  const rules = policy();
  const around = surroundings();
  const open = { ...rules, ports: [...rules.ports, ...HTTP_PORTS] };
  const host = hostVerdict(url.hostname, portOf(url), open, around);
  if (!host.allowed) throw new CameraHttpError('denied', host.message);
  const found = host.kind === 'address' ? [host.host] : await addresses(host.host, lookup);
  for (const address of found) {
    const verdict = addressVerdict(address, rules, around);
    if (!verdict.allowed) throw new CameraHttpError('denied', verdict.message);
  }
  return found[0]!;
}

async function addresses(name: string, lookup: Options['lookup']): Promise<string[]> {
  try {
    const found = await lookup(name);
    if (found.length > 0) return found.map(({ address }) => address);
  } catch (error) {
    throw new CameraHttpError('unreachable', 'the name does not resolve', { cause: error });
  }
  throw new CameraHttpError('unreachable', 'the name does not resolve');
}

function exchange(request: CameraHttpRequest, url: URL, address: string): Promise<CameraHttpAnswer> {
  const { method, headers = {}, body = '', timeoutMs, signal } = request;
  const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  const options: https.RequestOptions = {
    method,
    host: address,
    port: portOf(url),
    path: `${url.pathname}${url.search}`,
    headers: { host: url.host, 'content-length': Buffer.byteLength(body), connection: 'close', ...headers },
    agent: false,
    signal: limit,
    // Cameras sign their own certificates, and here nobody has said which one is right.
    ...(url.protocol === 'https:' ? { rejectUnauthorized: false, servername: '', ...OLD_CAMERAS } : {}),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(limit.aborted ? aborted(signal) : wordless(error));
    const asked = (url.protocol === 'https:' ? https : http).request(options, (answer) => {
      const parts: Buffer[] = [];
      let size = 0;
      answer.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER) answer.destroy(new CameraHttpError('too_large', 'the answer is too large'));
        else parts.push(part);
      });
      answer.on('error', fail);
      answer.on('end', () => {
        const challenges = answer.headersDistinct['www-authenticate'] ?? [];
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8'), challenges });
      });
    });
    asked.on('error', fail);
    asked.end(body);
  });
}

function aborted(signal: AbortSignal | undefined): CameraHttpError {
  return new CameraHttpError('timeout', signal?.aborted ? 'given up' : 'no answer in time');
}

function wordless(error: Error): Error {
  if (error instanceof CameraHttpError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('HPE_'))
    return new CameraHttpError('no_http', 'what answers is no HTTP', { cause: error });
  return new CameraHttpError('unreachable', `no connection (${code || 'lost'})`, { cause: error });
}
