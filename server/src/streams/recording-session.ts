import { SEALED_SUFFIX } from '@nightjar/contract/link';
import { DomainError } from '../kernel/index.ts';
import type { RecordingSession, Stream } from './stream.ts';

/** What somebody wants of a stream's recording; `label` ends the name of its first file. */
export type RecordingCommand =
  | {
      kind: 'start';
      label?: string | undefined;
      segmentDuration?: number | undefined;
      /** Footage is being written at this moment. */
      active: boolean;
    }
  | { kind: 'stop' | 'pause' | 'resume' };

const NONE: RecordingSession = {
  since: null,
  paused: false,
  label: null,
  segmentDuration: null,
  ordered: false,
};

/** The session of a stream whose settings now say whether it records; `now` is ISO 8601. */
export function sessionAfter(before: Stream | undefined, enabled: boolean, now: string): RecordingSession {
  if (!enabled) return NONE;
  return before?.recording.enabled ? before.session : { ...NONE, since: now };
}

const inProgress = (id: string, message: string): DomainError =>
  new DomainError('RECORDING_IN_PROGRESS', message, { stream_id: id });

function started(
  stream: Stream,
  { label, segmentDuration }: Extract<RecordingCommand, { kind: 'start' }>,
  now: string,
): Stream {
  const session = {
    since: stream.recording.enabled ? stream.session.since : now,
    paused: false,
    label: label ?? null,
    segmentDuration: segmentDuration ?? null,
    ordered: true,
  };
  return { ...stream, recording: { ...stream.recording, enabled: true }, session };
}

/** The stream after a command. Throws RECORDING_IN_PROGRESS and NO_RECORDING. */
export function commandRecording(stream: Stream, command: RecordingCommand, now: string): Stream {
  const { id, recording, session } = stream;
  if (command.kind === 'start') {
    // What only the settings ask for and has not begun may still be ordered, under its own name.
    const begun = recording.enabled && (session.ordered || session.paused || command.active);
    if (!begun) return started(stream, command, now);
    throw inProgress(id, session.paused ? 'The recording is paused: resume it' : 'Recording already active');
  }
  if (!recording.enabled) {
    throw new DomainError('NO_RECORDING', `No active recording to ${command.kind}`, { stream_id: id });
  }
  if (command.kind === 'stop') {
    return { ...stream, recording: { ...recording, enabled: false }, session: NONE };
  }
  if (command.kind === 'resume' && !session.paused) throw inProgress(id, 'The recording is not paused');
  return { ...stream, session: { ...session, paused: command.kind === 'pause' } };
}

/** Whether a file, or the original beside it, bears the label that was wanted. */
export const bears = (filename: string, label: string): boolean =>
  filename.replace(SEALED_SUFFIX, '').endsWith(`__${label}`);
