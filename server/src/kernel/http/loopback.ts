import type { FastifyRequest } from 'fastify';

const ADDRESS = /^(?:(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/;
/** A name that resolves to loopback is not enough: any page may have one (DNS rebinding). */
const HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
/** RFC 7239, RFC 9110 §7.6.3 and what proxies write beside them. */
const FORWARDING = /^(?:forwarded|via|x-forwarded(?:-.+)?|x-real-ip|x-client-ip|.+-client-ip|cf-.+)$/;
const OWN_SITES = new Set<unknown>([undefined, 'none', 'same-origin']);

/** Whether a request came from this machine itself: socket and `Host` are loopback, and nothing forwarded it. */
export function fromLoopback({ raw }: Pick<FastifyRequest, 'raw'>): boolean {
  const { headers, socket } = raw;
  return (
    ADDRESS.test(socket.remoteAddress ?? '') &&
    HOST.test(headers.host ?? '') &&
    OWN_SITES.has(headers['sec-fetch-site']) &&
    !Object.keys(headers).some((name) => FORWARDING.test(name))
  );
}
