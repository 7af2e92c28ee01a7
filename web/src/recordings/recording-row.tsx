import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PlatformRecording } from '../api/types.ts';
import { formatBytes, formatDuration, formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

/** One recording; `children` are what can be done with it. */
export function RecordingRow({ recording, children }: { recording: PlatformRecording; children: ReactNode }) {
  const { stream_id, status } = recording;
  return (
    <tr data-recording={recording.id}>
      <td>
        <Link to="/cameras/$id" params={{ id: stream_id }} className="font-semibold text-ink no-underline">
          {recording.camera_name}
        </Link>
      </td>
      <td>
        {formatTime(recording.started_at, new Date())}
        {status === 'recording' && <span className="growing">{t.recordings.growing}</span>}
      </td>
      <td className="number">{formatDuration(recording.duration)}</td>
      <td className="number">{formatBytes(recording.size)}</td>
      <td>
        <span className="pill">{t.storage.tiers[recording.storage_tier]}</span>
      </td>
      <td className="acts">{children}</td>
    </tr>
  );
}
