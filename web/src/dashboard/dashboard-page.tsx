import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Feed } from '../activity/feed.tsx';
import type { ActivityList, DashboardStats } from '../api/types.ts';
import { PageHead } from '../controls/page-head.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useSession } from '../session/session.ts';
import { formatBytes, formatDuration } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { StoragePanel } from './storage-panel.tsx';

const LATEST = 30;

/** How everything is, at a glance. */
export function DashboardPage() {
  const { api, can } = useSession();
  const stats = useQuery({
    queryKey: ['dashboard', 'stats'],
    queryFn: ({ signal }) => api.get<DashboardStats>('/api/v1/dashboard/stats', { signal }),
    refetchInterval: 5_000,
  });
  const activity = useQuery({
    queryKey: ['activity', { limit: LATEST }],
    queryFn: ({ signal }) =>
      api.get<ActivityList>('/api/v1/dashboard/activity', { query: { limit: LATEST }, signal }),
    refetchInterval: 5_000,
  });
  return (
    <div data-page="dashboard">
      <PageHead title={t.nav.dashboard} />
      <QueryState query={stats} empty={null}>
        {stats.data && <Figures stats={stats.data} />}
      </QueryState>
      <div className="mt-3 grid grid-cols-1 items-start gap-3 lg:grid-cols-2">
        {can('recordings:read') && <StoragePanel />}
        <section>
          <h2 className="mb-2">{t.dashboard.latest}</h2>
          <QueryState query={activity} empty={activity.data?.items.length === 0 ? t.activity.none : null}>
            <Feed items={activity.data?.items ?? []} />
          </QueryState>
        </section>
      </div>
    </div>
  );
}

function Figures({ stats }: { stats: DashboardStats }) {
  const { cameras, recordings, storage, system } = stats;
  const percent = (value: number) =>
    new Intl.NumberFormat(t.locale, { style: 'percent', maximumFractionDigits: 0 }).format(value);
  const missing = cameras.total - cameras.online;
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure label={t.dashboard.online} value={`${cameras.online} / ${cameras.total}`}>
        <span className={missing > 0 ? 'text-bad' : ''}>
          {missing > 0 ? <Link to="/cameras">{t.dashboard.missing(missing)}</Link> : t.dashboard.allOnline}
        </span>
      </Figure>
      <Figure label={t.dashboard.recording} value={String(cameras.recording)}>
        {t.dashboard.today(formatDuration(recordings.today.duration))}
      </Figure>
      <Figure
        label={t.dashboard.disk}
        value={storage.used !== null && storage.total ? percent(storage.used / storage.total) : '–'}
      >
        {t.dashboard.footage(formatBytes(storage.footage))}
      </Figure>
      <Figure
        label={t.dashboard.system}
        value={system.status === 'healthy' ? t.dashboard.healthy : t.dashboard.degraded}
      >
        {t.dashboard.load(
          system.cpu_usage === null ? '–' : percent(system.cpu_usage / 100),
          percent(system.memory_usage / system.memory_total),
          stats.viewers,
        )}
      </Figure>
    </div>
  );
}

function Figure(props: { label: string; value: string; children: ReactNode }) {
  return (
    <section className="card grid content-start gap-0.5">
      <h2 className="!text-[0.82rem] text-faint">{props.label}</h2>
      <p className="text-2xl font-semibold tabular-nums">{props.value}</p>
      <p className="text-faint">{props.children}</p>
    </section>
  );
}
