import { Link } from '@tanstack/react-router';
import { Download, Play, Share2 } from 'lucide-react';
import { useState } from 'react';
import type { PlatformRecording } from '../api/types.ts';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { CopyText } from '../controls/copy-text.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { ChangeActs } from './change-acts.tsx';

const DAY_SECONDS = 86_400;

/** What can be done with a recording. */
export function RecordingActs({ recording }: { recording: PlatformRecording }) {
  const { id, stream_id, started_at } = recording;
  const api = useApi();
  const action = useAction();
  const [shared, setShared] = useState<string | null>(null);
  const signed = async (expires_in: number): Promise<URL> => {
    const path = `/api/v1/recordings/${encodeURIComponent(id)}/signed-url`;
    const { url } = await api.get<{ url: string }>(path, { query: { expires_in } });
    return new URL(url, location.href);
  };
  const download = async () => location.assign(await signed(60));
  const share = async () => setShared((await signed(DAY_SECONDS)).href);
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
      <IconButton icon={Download} label={t.recorded.download} onClick={() => action.run(download)} />
      <IconButton icon={Share2} label={t.recordings.share} onClick={() => action.run(share)} />
      <ChangeActs recording={recording} removeTitle={t.recordings.removeTitle} />
      <Problem text={action.problem} />
      {shared !== null && (
        <Dialog title={t.recordings.share} onClose={() => setShared(null)}>
          <p className="mb-3 text-left whitespace-normal">{t.recordings.shareText}</p>
          <CopyText label={t.recordings.share} text={shared} />
        </Dialog>
      )}
    </>
  );
}
