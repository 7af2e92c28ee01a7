import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Alert, ListOf } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { useSession } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const TONES = { info: 'idle', warning: 'busy', critical: 'bad' } as const;

/** What the rules saw: by default what is not over. */
export function AlertsPanel() {
  const { api } = useSession();
  const [state, setState] = useState<'active' | ''>('active');
  const list = useQuery({
    queryKey: ['alerts', state],
    queryFn: ({ signal }) =>
      api.get<ListOf<Alert>>('/api/v1/alerts', { query: { state, limit: 200 }, signal }),
    refetchInterval: 4_000,
  });
  return (
    <div className="grid gap-3">
      <select
        className="button justify-self-start"
        aria-label={t.alerts.which}
        value={state}
        onChange={(event) => setState(event.target.value === '' ? '' : 'active')}
      >
        <option value="active">{t.alerts.active}</option>
        <option value="">{t.app.all}</option>
      </select>
      <QueryState query={list} empty={list.data?.items.length === 0 ? t.alerts.none : null}>
        <ul className="card grid p-0">
          {list.data?.items.map((alert) => (
            <AlertRow key={alert.id} alert={alert} />
          ))}
        </ul>
      </QueryState>
    </div>
  );
}

/** What was seen; it begins with the camera's name, which stands there already. */
function withoutName({ message, camera_id, camera_name }: Alert): string {
  const name = [camera_name, camera_id].find((one) => one !== null && message.startsWith(`${one}: `));
  return name ? message.slice(name.length + 2) : message;
}

function AlertRow({ alert }: { alert: Alert }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const action = useAction();
  const { camera_id: camera, state } = alert;
  const now = new Date();
  const acknowledge = () =>
    action.run(async () => {
      await api.post(`/api/v1/alerts/${alert.id}/acknowledge`);
      await client.invalidateQueries({ queryKey: ['alerts'] });
    });
  return (
    <li
      className="flex flex-wrap items-center gap-3 border-line px-3 py-2 not-first:border-t"
      data-alert={alert.kind}
    >
      <span className="pill" data-tone={TONES[alert.severity]}>
        {t.alerts.severities[alert.severity]}
      </span>
      <span className="min-w-0 flex-1 break-words">
        {camera !== null && (
          <Link
            to="/cameras/$id"
            params={{ id: camera }}
            className="mr-1.5 font-semibold text-ink no-underline"
          >
            {alert.camera_name ?? camera}
          </Link>
        )}
        {t.alerts.kinds[alert.kind]}
        <span className="block text-faint">
          {withoutName(alert)} · {t.since(formatTime(alert.opened_at, now))}
          {alert.resolved_at !== null && ` · ${t.alerts.resolved(formatTime(alert.resolved_at, now))}`}
        </span>
      </span>
      {state === 'open' && can('alerts:write') ? (
        <button type="button" className="button" disabled={action.busy} onClick={acknowledge}>
          {t.alerts.acknowledge}
        </button>
      ) : (
        <span className="text-faint">{t.alerts.states[state]}</span>
      )}
      <Problem text={action.problem} />
    </li>
  );
}
