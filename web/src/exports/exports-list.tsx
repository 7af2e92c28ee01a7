import { useQuery } from '@tanstack/react-query';
import type { JobList } from '../api/types.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { ExportJob } from './export-job.tsx';

/** Exports that run or wait to be downloaded; nothing at all when there are none. */
export function ExportsList() {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ['exports'],
    queryFn: ({ signal }) => api.get<JobList>('/api/jobs', { query: { kind: 'export', limit: 20 }, signal }),
    refetchInterval: 10_000,
  });
  if (!data || data.jobs.length === 0) return null;
  return (
    <section className="card mb-3 grid gap-2">
      <h2>{t.exports.title}</h2>
      <ul className="grid gap-2">
        {data.jobs.map(({ id }) => (
          <li key={id}>
            <ExportJob id={id} />
          </li>
        ))}
      </ul>
    </section>
  );
}
