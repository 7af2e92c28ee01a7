import { createHash } from 'node:crypto';

/** The source URL of a stream that nobody is asked for: a publisher pushes it, by RTSP or RTMP. */
export const PUBLISHED = 'publish:';

/** What the engine knows of a publish key: SHA-256, lower-case hex. A key is random, so it needs no salt. */
export function publishKeyHash(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}
