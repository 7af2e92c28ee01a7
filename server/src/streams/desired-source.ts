import type { PrivacyConfig } from '@nightjar/contract';
import { type DesiredSource, type DesiredStream, publishKeyHash } from '@nightjar/contract/link';
import type { ClearSource } from './source.ts';
import type { Stream } from './stream.ts';

/** Where the engine is to take a stream from, credentials in clear. */
export function desiredSource(
  { transport, certificate }: Stream,
  { publishKey, ...source }: ClearSource,
): DesiredSource {
  return {
    ...source,
    ...(transport === 'auto' ? {} : { transport }),
    ...(certificate.pinned === null ? {} : { tls_pin: certificate.pinned }),
    ...(publishKey === undefined ? {} : { publish_key_hash: publishKeyHash(publishKey) }),
  };
}

/** How the engine is to cover a stream's pictures, and where it is played as well. */
export function desiredPrivacy(
  { privacy, rtspPath }: Stream,
  open: boolean,
): Pick<DesiredStream, 'privacy' | 'rtsp_path' | 'rtsp_open'> {
  const { enabled, record: _, ...options } = privacy;
  return {
    ...(enabled ? { privacy: options } : {}),
    ...(rtspPath === null ? {} : { rtsp_path: rtspPath, rtsp_open: open && enabled }),
  };
}

/** Since when a stream's pictures are covered, when its privacy becomes another. */
export function sinceOf(before: Stream, privacy: PrivacyConfig, now: string): string | null {
  if (!privacy.enabled) return null;
  return before.privacy.enabled ? before.privacySince : now;
}
