import type { DesiredStream } from '@nightjar/contract/link';
import type { Stream } from './stream.ts';

/** How the engine is to record a stream; `segmentDuration`: seconds of a file where nobody said otherwise. */
export function desiredRecording(
  { recording, session }: Stream,
  segmentDuration: number,
): DesiredStream['recording'] {
  const { schedule, events } = recording;
  return {
    enabled: recording.enabled,
    ...(session.paused ? { paused: true } : {}),
    // An order to record counts at any hour, and whatever happens.
    ...(schedule && !session.ordered ? { schedule } : {}),
    ...(events && !session.ordered ? { events: { before: events.before } } : {}),
    ...(session.label === null ? {} : { label: session.label }),
    segment_duration: session.segmentDuration ?? recording.segmentDuration ?? segmentDuration,
  };
}
