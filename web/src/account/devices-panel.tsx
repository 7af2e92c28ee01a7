import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ListOf, Session } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { useApi } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

/** Where one is signed in, and the way out of each place. */
export function DevicesPanel() {
  const api = useApi();
  const client = useQueryClient();
  const action = useAction();
  const list = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => api.get<ListOf<Session>>('/api/v1/sessions', { query: { limit: 200 }, signal }),
  });
  const end = (path: string) =>
    action.run(async () => {
      await api.delete(path);
      await client.invalidateQueries({ queryKey: ['sessions'] });
    });
  const now = new Date();
  return (
    <section className="card grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="mr-auto">{t.account.devices}</h2>
        <button
          type="button"
          className="button"
          disabled={action.busy || (list.data?.items.length ?? 0) < 2}
          onClick={() => end('/api/v1/sessions')}
        >
          {t.account.endOthers}
        </button>
      </div>
      <QueryState query={list} empty={null}>
        <ul className="grid gap-2">
          {list.data?.items.map((session) => (
            <li key={session.id} className="flex flex-wrap items-center gap-2 border-t border-line pt-2">
              <span className="min-w-0 flex-1 break-words">
                {deviceOf(session.user_agent)}
                {session.current && <span className="pill ml-2">{t.account.thisOne}</span>}
                <span className="block text-faint">
                  {session.address} · {t.account.lastUsed(formatTime(session.last_used_at, now))}
                </span>
              </span>
              {!session.current && (
                <button
                  type="button"
                  className="button"
                  disabled={action.busy}
                  onClick={() => end(`/api/v1/sessions/${session.id}`)}
                >
                  {t.app.signOut}
                </button>
              )}
            </li>
          ))}
        </ul>
      </QueryState>
      <Problem text={action.problem} />
    </section>
  );
}

const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\/|HeadlessChrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** Browser and system, as far as a browser tells; else what it calls itself. */
export function deviceOf(userAgent: string): string {
  const found = [BROWSERS, SYSTEMS].flatMap(
    (names) => names.find(([pattern]) => pattern.test(userAgent))?.[1] ?? [],
  );
  return found.length === 0 ? userAgent.slice(0, 60) || '–' : found.join(' · ');
}
