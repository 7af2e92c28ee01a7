import { createHash } from 'node:crypto';

/** The source URL of a stream that nobody is asked for: a publisher pushes it, by RTSP, RTMP or WHIP. */
export const PUBLISHED = 'publish:';

/** Header in which a publisher's key goes to the engine's door. */
export const PUBLISH_KEY_HEADER = 'x-nightjar-publish-key';

/** What the engine knows of a publish key: SHA-256, lower-case hex. A key is random, so it needs no salt. */
export function publishKeyHash(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}
