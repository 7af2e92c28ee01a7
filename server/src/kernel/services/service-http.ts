import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { ServiceError, type ServiceTargets } from './service-targets.ts';

export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `http:` or `https:`; a user part is sent as basic authorization. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal | undefined;
}

export interface ServiceAnswer {
  readonly status: number;
  /** The beginning of it. */
  readonly body: string;
}

/** Asks a service over HTTP. Follows no redirect. Throws ServiceError. */
export type ServiceHttp = (request: ServiceRequest) => Promise<ServiceAnswer>;

const TIMEOUT_MS = 10_000;
const KEPT = 4_096;
const MAX_ANSWER = 1024 * 1024;

/** The only way to other people's HTTP services: the connection goes to an address that was checked. */
export function createServiceHttp(targets: ServiceTargets): ServiceHttp {
  return async (request) => {
    const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
    if (!url || !['http:', 'https:'].includes(url.protocol)) {
      throw new ServiceError('denied', 'the address is not an HTTP URL');
    }
    return exchange(request, url, await targets.resolve(url.hostname, url.protocol === 'https:'));
  };
}

function headersOf({ headers, body = '' }: ServiceRequest, url: URL): Record<string, string | number> {
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const basic = { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  return {
    host: url.host,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...(url.username === '' && url.password === '' ? {} : basic),
    ...headers,
  };
}

function exchange(request: ServiceRequest, url: URL, address: string): Promise<ServiceAnswer> {
  const secure = url.protocol === 'https:';
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
  const options: https.RequestOptions = {
    method: request.method,
    host: address,
    port: Number(url.port) || (secure ? 443 : 80),
    path: `${url.pathname}${url.search}`,
    headers: headersOf(request, url),
    agent: false,
    signal,
    ...(secure && isIP(url.hostname.replace(/^\[(.*)\]$/, '$1')) === 0 ? { servername: url.hostname } : {}),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(wordless(error, timeout));
    const asked = (secure ? https : http).request(options, (answer) => {
      let size = 0;
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        size += part.length;
        if (body.length < KEPT) body += part.slice(0, KEPT - body.length);
        if (size > MAX_ANSWER) answer.destroy(new ServiceError('too_large', 'the answer is too large'));
      });
      answer.on('error', fail);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    asked.on('error', fail);
    asked.end(request.body ?? '');
  });
}

function wordless(error: Error, timeout: AbortSignal): Error {
  if (error instanceof ServiceError) return error;
  if (timeout.aborted) return new ServiceError('timeout', 'no answer in time', { cause: error });
  const { code = 'lost' } = error as NodeJS.ErrnoException;
  return new ServiceError('unreachable', `no connection (${code})`, { cause: error });
}
