import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Download, Lock, LockOpen, Play, Share2, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { streamPath } from '../api/client.ts';
import { problemText } from '../api/problem.ts';
import type { PlatformRecording } from '../api/types.ts';
import { CopyText } from '../controls/copy-text.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { SureButton } from '../controls/sure-button.tsx';
import { useSession } from '../session/session.ts';
import { formatBytes, formatDuration, formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const DAY_SECONDS = 86_400;

/** One recording with what can be done with it. */
export function RecordingRow({ recording }: { recording: PlatformRecording }) {
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
      <td className="acts">
        <RowActions recording={recording} />
      </td>
    </tr>
  );
}

function RowActions({ recording }: { recording: PlatformRecording }) {
  const { id, stream_id, filename, started_at } = recording;
  const { api, can } = useSession();
  const client = useQueryClient();
  const [shared, setShared] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const path = `/api/v1/recordings/${encodeURIComponent(id)}`;
  const attempt = (task: () => Promise<void>) => {
    setProblem(null);
    task().catch((error: unknown) => setProblem(problemText(error)));
  };
  const refresh = () => client.invalidateQueries({ queryKey: ['recordings'] });
  const signed = (expires_in: number) =>
    api.get<{ url: string }>(`${path}/signed-url`, { query: { expires_in } });
  const download = () =>
    attempt(async () => {
      const { url } = await signed(60);
      location.assign(new URL(url, location.href));
    });
  const share = () =>
    attempt(async () => setShared(new URL((await signed(DAY_SECONDS)).url, location.href).href));
  const keep = () =>
    attempt(async () => {
      const place = `${streamPath(stream_id)}/recordings/${encodeURIComponent(filename)}`;
      await api.patch(place, { protected: !recording.protected });
      await refresh();
    });
  const mayChange = can('recordings:write', stream_id);
  const keepLabel = recording.protected ? t.recordings.release : t.recordings.keep;
  return (
    <>
      <Link
        to="/timeline"
        search={{ cameras: stream_id, at: Date.parse(started_at) }}
        className="button quiet icon-only"
        aria-label={t.timeline.openIn}
        title={t.timeline.openIn}
      >
        <Play className="icon" aria-hidden="true" />
      </Link>
      <RowButton icon={Download} label={t.recorded.download} onClick={download} />
      <RowButton icon={Share2} label={t.recordings.share} onClick={share} />
      {mayChange && (
        <RowButton icon={recording.protected ? Lock : LockOpen} label={keepLabel} onClick={keep} />
      )}
      {mayChange && recording.status === 'completed' && (
        <SureButton
          label={t.app.remove}
          title={t.recordings.removeTitle}
          text={t.recordings.removeText}
          confirm={t.app.remove}
          act={async () => {
            await api.delete(path);
            await refresh();
          }}
        >
          <Trash2 className="icon" aria-hidden="true" />
        </SureButton>
      )}
      {problem !== null && (
        <span className="block text-bad" role="alert">
          {problem}
        </span>
      )}
      {shared !== null && (
        <Dialog title={t.recordings.share} onClose={() => setShared(null)}>
          <p className="mb-3 text-left whitespace-normal">{t.recordings.shareText}</p>
          <CopyText label={t.recordings.share} text={shared} />
        </Dialog>
      )}
    </>
  );
}

function RowButton(props: { icon: typeof Play; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      className="button quiet icon-only"
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
    >
      <props.icon className="icon" aria-hidden="true" />
    </button>
  );
}
