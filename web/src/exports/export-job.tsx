import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, Share2, X } from 'lucide-react';
import { useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { ExportLink, Job } from '../api/types.ts';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { CopyText } from '../controls/copy-text.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Problem } from '../controls/problem.tsx';
import { FileLink } from '../pictures/file-link.tsx';
import { useApi } from '../session/session.ts';
import { formatDuration, formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const EVERY_MS = 1_000;
const over = (state: Job['state']): boolean => ['completed', 'failed', 'cancelled'].includes(state);

/** One export: how far it is, and its file once it is whole. It goes on when the page is left. */
export function ExportJob({ id }: { id: string }) {
  const api = useApi();
  const client = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const { data: job } = useQuery({
    queryKey: ['job', id],
    queryFn: ({ signal }) => api.get<Job>(`/api/jobs/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data && over(state.data.state) ? false : EVERY_MS),
  });
  if (job === undefined) return <div className="skeleton h-9" />;
  const remove = () => {
    // One that runs is called off, one that is done is deleted with its file.
    api
      .delete(`/api/exports/${id}`)
      .then(() => client.invalidateQueries({ queryKey: ['exports'] }))
      .then(() => client.invalidateQueries({ queryKey: ['job', id] }))
      .catch((error: unknown) => setProblem(problemText(error)));
  };
  return (
    <div className="flex flex-wrap items-center gap-3" data-export={job.state}>
      <span className="text-faint tabular-nums">{formatTime(job.created_at, new Date())}</span>
      <span>{t.exports.states[job.state]}</span>
      {!over(job.state) && (
        <progress
          className="min-w-32 flex-1"
          max={100}
          value={job.progress}
          aria-label={t.exports.states[job.state]}
        />
      )}
      {job.state === 'completed' && (
        <>
          <FileLink className="button primary" href={`/api/exports/${id}/file`} name={`${id}.zip`}>
            <Download className="icon" aria-hidden="true" />
            {t.recorded.download}
          </FileLink>
          <ShareExport id={id} />
        </>
      )}
      <Problem text={problem ?? job.error} />
      <IconButton icon={X} label={over(job.state) ? t.app.remove : t.app.cancel} onClick={remove} />
    </div>
  );
}

const DAY = 86_400;
/** How long a link may count. Seconds. */
const LASTS = [DAY / 24, DAY, 7 * DAY];

/** A link to the file for who has no account, over after a while. */
function ShareExport({ id }: { id: string }) {
  const api = useApi();
  const [link, setLink] = useState<ExportLink | null>(null);
  const [seconds, setSeconds] = useState(DAY);
  const [problem, setProblem] = useState<string | null>(null);
  const share = (expires_in: number) => {
    setSeconds(expires_in);
    api
      .get<ExportLink>(`/api/exports/${id}/link`, { query: { expires_in } })
      .then(setLink)
      .catch((error: unknown) => setProblem(problemText(error)));
  };
  return (
    <>
      <button type="button" className="button" onClick={() => share(DAY)} data-part="share-export">
        <Share2 className="icon" aria-hidden="true" />
        {t.recordings.share}
      </button>
      <Problem text={problem} />
      {link && (
        <Dialog title={t.recordings.share} onClose={() => setLink(null)}>
          <p className="mb-3">{t.exports.shareText(formatTime(link.expires_at, new Date()))}</p>
          <div className="mb-3 flex gap-2">
            {LASTS.map((one) => (
              <button
                key={one}
                type="button"
                className={one === seconds ? 'button primary' : 'button'}
                aria-pressed={one === seconds}
                onClick={() => share(one)}
              >
                {formatDuration(one)}
              </button>
            ))}
          </div>
          <CopyText label={t.recordings.share} text={new URL(link.url, location.href).href} />
        </Dialog>
      )}
    </>
  );
}
