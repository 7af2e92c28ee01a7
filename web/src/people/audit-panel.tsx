import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { AuditList, AuditVerification } from '../api/types.ts';
import { Pager } from '../controls/pager.tsx';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useApi } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const LIMIT = 50;
const OUTCOMES = ['', 'done', 'refused', 'failed'] as const;

/** Who did what, when and from where; whether anything was taken out of it can be checked. */
export function AuditPanel() {
  const api = useApi();
  const [outcome, setOutcome] = useState<(typeof OUTCOMES)[number]>('');
  const [action, setAction] = useState('');
  const [offset, setOffset] = useState(0);
  const query = { limit: LIMIT, offset, outcome, action: action.trim() };
  const list = useQuery({
    queryKey: ['audit', query],
    queryFn: ({ signal }) => api.get<AuditList>('/api/v1/audit-logs', { query, signal }),
    placeholderData: keepPreviousData,
  });
  const verify = useMutation({
    mutationFn: () => api.get<AuditVerification>('/api/v1/audit-logs/verify', { timeoutMs: 60_000 }),
  });
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <input
          type="search"
          className="!w-52"
          aria-label={t.audit.action}
          placeholder={t.audit.action}
          value={action}
          onChange={(event) => {
            setAction(event.target.value);
            setOffset(0);
          }}
        />
        <select
          className="button"
          aria-label={t.audit.outcome}
          value={outcome}
          onChange={(event) => {
            setOutcome(event.target.value as (typeof OUTCOMES)[number]);
            setOffset(0);
          }}
        >
          {OUTCOMES.map((one) => (
            <option key={one} value={one}>
              {one === '' ? t.audit.every : t.activity.outcome[one]}
            </option>
          ))}
        </select>
        <button type="button" className="button" disabled={verify.isPending} onClick={() => verify.mutate()}>
          {t.audit.verify}
        </button>
        {verify.data && (
          <span role="status" className={verify.data.intact ? 'text-good' : 'text-bad'}>
            {verify.data.intact
              ? t.audit.intact(verify.data.entries)
              : t.audit.broken(verify.data.broken_at ?? 0)}
          </span>
        )}
        <Problem text={verify.error && problemText(verify.error)} />
      </div>
      <QueryState query={list} empty={list.data?.total === 0 ? t.audit.none : null}>
        <div className="card table-box">
          <table className="table">
            <thead>
              <tr>
                <th>{t.audit.at}</th>
                <th>{t.audit.who}</th>
                <th>{t.audit.action}</th>
                <th>{t.audit.object}</th>
                <th>{t.audit.outcome}</th>
                <th>{t.audit.from}</th>
              </tr>
            </thead>
            <tbody>
              {list.data?.items.map((entry) => (
                <tr key={entry.id}>
                  <td>{formatTime(entry.at, new Date())}</td>
                  <td>{entry.actor_name || entry.actor}</td>
                  <td>{entry.action}</td>
                  <td className="text-faint">{Object.values(entry.object).map(String).join(' ')}</td>
                  <td className={entry.outcome === 'done' ? '' : 'text-bad'}>
                    {t.activity.outcome[entry.outcome]}
                  </td>
                  <td className="text-faint">{entry.address}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Pager total={list.data?.total ?? 0} limit={LIMIT} offset={offset} onChange={setOffset} />
      </QueryState>
    </div>
  );
}
