import { useQuery } from '@tanstack/react-query';
import type { RecordingAnalytics } from '../api/types.ts';
import { QueryState } from '../controls/query-state.tsx';
import { useApi } from '../session/session.ts';
import { fullIn } from '../storage/full-in.ts';
import { formatBytes, formatDay, formatDuration } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const DAYS = 14;
type Tier = keyof typeof t.storage.tiers;

/** What the footage takes: by day, by camera, by place, and until when it fits. */
export function StoragePanel(props: {
  /** In the place of the usual heading, where the forecast stands elsewhere. */
  title?: string;
}) {
  const api = useApi();
  const query = useQuery({
    queryKey: ['analytics', 'recordings', DAYS],
    queryFn: ({ signal }) =>
      api.get<RecordingAnalytics>('/api/v1/dashboard/analytics/recordings', {
        query: { days: DAYS },
        signal,
      }),
    refetchInterval: 60_000,
  });
  return (
    <section>
      <h2 className="mb-2">{props.title ?? t.storage.title}</h2>
      <QueryState query={query} empty={null}>
        {query.data && (
          <div className="card grid gap-4" data-part="storage">
            <DayBars days={query.data.days} />
            {props.title === undefined && <Forecast of={query.data} />}
            <Shares rows={query.data.cameras.map(({ name, size, duration }) => ({ name, size, duration }))} />
            <Shares
              rows={query.data.tiers.map(({ tier, size, duration }) => ({
                name: t.storage.tiers[tier as Tier] ?? tier,
                size,
                duration,
              }))}
            />
          </div>
        )}
      </QueryState>
    </section>
  );
}

function Forecast({ of }: { of: RecordingAnalytics }) {
  const { bytes_per_day, days_until_full } = of;
  return (
    <p>
      {t.storage.pace(formatBytes(bytes_per_day))}
      {days_until_full !== null && ` · ${fullIn(days_until_full)}`}
    </p>
  );
}

/** A bar for each day; the table of a screen reader is the text of each bar. */
function DayBars({ days }: { days: RecordingAnalytics['days'] }) {
  const most = Math.max(1, ...days.map(({ size }) => size));
  return (
    <ul className="flex h-24 items-end gap-1">
      {days.map(({ date, size }) => {
        const label = t.storage.day(formatDay(Date.parse(date)), formatBytes(size));
        return (
          <li key={date} className="flex h-full flex-1 items-end" title={label}>
            <span
              className="w-full rounded-t-[3px] bg-[var(--footage)]"
              style={{ height: `max(2px, ${(size / most) * 100}%)` }}
            />
            <span className="visually-hidden">{label}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Shares({ rows }: { rows: readonly { name: string; size: number; duration: number }[] }) {
  const all = Math.max(
    1,
    rows.reduce((sum, { size }) => sum + size, 0),
  );
  return (
    <ul className="grid gap-1.5">
      {rows.map(({ name, size, duration }) => (
        <li key={name} className="grid gap-0.5">
          <span className="flex justify-between gap-3">
            <span className="truncate">{name}</span>
            <span className="text-faint tabular-nums">
              {formatBytes(size)} · {formatDuration(duration)}
            </span>
          </span>
          <span className="h-1.5 overflow-hidden rounded bg-hover">
            <span className="block h-full bg-[var(--footage)]" style={{ width: `${(size / all) * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
