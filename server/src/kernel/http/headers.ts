import type { FastifyInstance } from 'fastify';

/** hls.js plays from blob: URLs and may run in a worker made from one. */
const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "worker-src 'self' blob:",
  "media-src 'self' blob:",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** On every answer of this process; answers of the API are also kept out of caches. */
export function securityHeaders(app: FastifyInstance, strictTransport: () => boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers({
      'content-security-policy': PAGE_POLICY,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    });
    // A browser that was told so once refuses a certificate that nobody vouches for, for a year (RFC 6797 §8.4).
    if (strictTransport()) void reply.header('strict-transport-security', 'max-age=31536000');
    if (request.url.startsWith('/api')) void reply.header('cache-control', 'no-store');
    done();
  });
}
