import { type DesiredSource, publishKeyHash } from '@nightjar/contract/link';
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
