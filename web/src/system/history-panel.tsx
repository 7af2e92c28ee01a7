import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ConfigDifference, ConfigVersions } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { useSession } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

/** What the configuration file said before, and the way back. */
export function HistoryPanel() {
  const { api } = useSession();
  const [open, setOpen] = useState<number | null>(null);
  const list = useQuery({
    queryKey: ['config-history'],
    queryFn: ({ signal }) =>
      api.get<ConfigVersions>('/api/config/history', { query: { limit: 100 }, signal }),
  });
  return (
    <div className="grid max-w-3xl gap-3">
      <p className="text-faint">{t.system.historyText}</p>
      <QueryState query={list} empty={list.data?.total === 0 ? t.system.noHistory : null}>
        <ul className="card grid p-0">
          {list.data?.versions.map((version) => (
            <li key={version.id} className="border-line px-3 py-2 not-first:border-t">
              <div className="flex flex-wrap items-center gap-3">
                <span className="flex-1">
                  <time dateTime={version.created_at}>{formatTime(version.created_at, new Date())}</time>{' '}
                  <span className="text-faint">{version.author}</span>
                </span>
                <button
                  type="button"
                  className="button"
                  aria-expanded={open === version.id}
                  onClick={() => setOpen(open === version.id ? null : version.id)}
                >
                  {t.system.compare}
                </button>
              </div>
              {open === version.id && <Difference id={version.id} />}
            </li>
          ))}
        </ul>
      </QueryState>
    </div>
  );
}

function Difference({ id }: { id: number }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const action = useAction();
  const [done, setDone] = useState(false);
  const difference = useQuery({
    queryKey: ['config-history', id],
    queryFn: ({ signal }) => api.get<ConfigDifference>(`/api/config/history/${id}`, { signal }),
  });
  const rollBack = () =>
    action.run(async () => {
      await api.post(`/api/config/history/${id}/rollback`);
      setDone(true);
      await client.invalidateQueries({ queryKey: ['config-history'] });
      await client.invalidateQueries({ queryKey: ['config'] });
    });
  const changes = difference.data?.changes ?? [];
  return (
    <div className="mt-2 grid gap-2">
      <QueryState query={difference} empty={changes.length === 0 ? t.system.same : null}>
        <table className="table">
          <thead>
            <tr>
              <th>{t.system.key}</th>
              <th>{t.system.before}</th>
              <th>{t.system.now}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ key, before, after }) => (
              <tr key={key}>
                <td>{key}</td>
                <td>
                  <del className="text-bad no-underline">{JSON.stringify(before)}</del>
                </td>
                <td>
                  <ins className="text-good no-underline">{JSON.stringify(after)}</ins>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {can('config:write') && (
          <button
            type="button"
            className="button justify-self-start"
            disabled={action.busy}
            onClick={rollBack}
          >
            {t.system.rollBack}
          </button>
        )}
      </QueryState>
      {done && <p role="status">{t.system.rolledBack}</p>}
      <Problem text={action.problem} />
    </div>
  );
}
