import type { StreamSummary } from '../api/types.ts';
import { t } from '../strings/index.ts';
import { toneOf } from './stream-state.ts';

/** The state in one word with its colour. */
export function StateBadge({ state }: { state: StreamSummary['state'] }) {
  return (
    <span className="badge" data-tone={toneOf(state)}>
      <span className="badge-dot" />
      {t.state[state]}
    </span>
  );
}

/** Whether it records; nothing when it neither does nor should. */
export function RecordingBadge({ recording }: { recording: StreamSummary['recording'] }) {
  if (!recording.enabled && recording.status !== 'recording') return null;
  return (
    <span className="badge recording" data-status={recording.status}>
      <span className="badge-dot" />
      {t.recordingState[recording.status]}
    </span>
  );
}
