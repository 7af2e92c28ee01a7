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
export function RecordingBadge(props: {
  recording: StreamSummary['recording'];
  /** The dot alone says it to who sees it. */
  brief?: boolean;
}) {
  const { enabled, status } = props.recording;
  if (!enabled && status !== 'recording') return null;
  const word = t.recordingState[status];
  return (
    <span className="badge recording" data-status={status} title={props.brief ? word : undefined}>
      <span className="badge-dot" />
      {props.brief ? <span className="visually-hidden">{word}</span> : word}
    </span>
  );
}
