import type { Detector, PrivacyConfig } from '@nightjar/contract';
import {
  type DesiredSource,
  type DesiredStream,
  type OriginalsKey,
  publishKeyHash,
} from '@nightjar/contract/link';
import type { ClearSource } from './source.ts';
import type { Stream, StreamView } from './stream.ts';

/** How sure a network must be where a stream does not say. */
const THRESHOLD = 0.5;

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

/** What finds things of these classes, or any, in pictures: the network of this name, or any. */
export type FindDetector = (name: string | null, classes: readonly string[]) => Detector | undefined;

/** Whether a network looks at a stream. */
export function lookingAt({ inference }: Stream, detector: FindDetector): StreamView['looking'] {
  if (!inference.enabled) return 'off';
  return detector(inference.model, inference.classes) ? 'on' : 'no_model';
}

/** How the engine is to look at a stream's pictures; undefined where nothing can. */
function desiredInference({ inference }: Stream, find: FindDetector): DesiredStream['inference'] {
  const { enabled, model, threshold, classes, zones, schedule, fps, look_at } = inference;
  const detector = enabled ? find(model, classes) : undefined;
  if (!detector) return undefined;
  const wanted = { classes: [...classes], threshold: threshold ?? THRESHOLD, zones, fps };
  const more = { ...(schedule === null ? {} : { schedule }), ...(look_at === null ? {} : { look_at }) };
  return { detector, ...wanted, ...more };
}

/** Whether originals of a private stream are recorded. */
export const recordsOriginals = ({ privacy }: Stream): boolean =>
  privacy.enabled && privacy.record !== 'rendition';

/** How the engine is to cover and to look at a stream's pictures, and where it is played as well. */
export function desiredPictures(
  stream: Stream,
  open: boolean,
  find: FindDetector,
  key: OriginalsKey | undefined,
): Pick<DesiredStream, 'privacy' | 'originals' | 'inference' | 'rtsp_path' | 'rtsp_open'> {
  const { privacy, rtspPath } = stream;
  const { enabled, record, ...options } = privacy;
  const objects = options.cover.some((each) => each === 'auto' || each === 'objects');
  const detector = objects ? find(options.model, options.classes) : undefined;
  const inference = desiredInference(stream, find);
  return {
    ...(enabled ? { privacy: { ...options, ...(detector ? { detector } : {}) } } : {}),
    ...(key && recordsOriginals(stream) ? { originals: { key, alone: record === 'original' } } : {}),
    ...(inference ? { inference } : {}),
    ...(rtspPath === null ? {} : { rtsp_path: rtspPath, rtsp_open: open && enabled }),
  };
}

/** Since when a stream's pictures are covered, when its privacy becomes another. */
export function sinceOf(before: Stream, privacy: PrivacyConfig, now: string): string | null {
  if (!privacy.enabled) return null;
  return before.privacy.enabled ? before.privacySince : now;
}
