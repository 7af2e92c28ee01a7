import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Download, X } from 'lucide-react';
import { useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { Job } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { useApi } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
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
        <a className="button primary" href={`/api/exports/${id}/file`} download>
          <Download className="icon" aria-hidden="true" />
          {t.recorded.download}
        </a>
      )}
      <Problem text={problem ?? job.error} />
      <button
        type="button"
        className="button quiet icon-only"
        aria-label={over(job.state) ? t.app.remove : t.app.cancel}
        title={over(job.state) ? t.app.remove : t.app.cancel}
        onClick={remove}
      >
        <X className="icon" aria-hidden="true" />
      </button>
    </div>
  );
}
