import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { SystemMetrics, ViewerList } from '../api/types.ts';
import { QueryState } from '../controls/query-state.tsx';
import { useApi } from '../session/session.ts';
import { formatBitrate, formatBytes, formatDuration, formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const Chart = lazy(async () => ({ default: (await import('../stream-page/health/chart.tsx')).Chart }));

const EVERY_MS = 3_000;
/** Ten minutes. */
const KEPT = 200;

/** Processor, memory, disk, and who watches. */
export function HealthPanel() {
  const api = useApi();
  const metrics = useQuery({
    queryKey: ['system', 'metrics'],
    queryFn: ({ signal }) => api.get<SystemMetrics>('/api/v1/dashboard/system/metrics', { signal }),
    refetchInterval: EVERY_MS,
  });
  const { data, dataUpdatedAt } = metrics;
  const [looks, setLooks] = useState<readonly { at: number; metrics: SystemMetrics }[]>([]);
  useEffect(() => {
    if (data) setLooks((all) => [...all, { at: dataUpdatedAt / 1000, metrics: data }].slice(-KEPT));
  }, [data, dataUpdatedAt]);
  const times = looks.map(({ at }) => at);
  return (
    <div className="grid items-start gap-3 lg:grid-cols-2">
      <QueryState query={metrics} empty={null}>
        {data && (
          <section className="card grid gap-4">
            <dl className="facts">
              {factsOf(data).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
            <Suspense fallback={<div className="skeleton h-64" />}>
              <Chart
                label={t.system.cpu}
                times={times}
                values={looks.map((look) => look.metrics.cpu.usage)}
                format={percent}
              />
              <Chart
                label={t.system.memory}
                times={times}
                values={looks.map((look) => look.metrics.memory.used)}
                format={formatBytes}
              />
              <Chart
                label={t.system.bitrate}
                times={times}
                values={looks.map((look) => look.metrics.streams.bitrate)}
                format={formatBitrate}
              />
            </Suspense>
          </section>
        )}
      </QueryState>
      <Viewers />
    </div>
  );
}

const digits = new Intl.NumberFormat(t.locale, { maximumFractionDigits: 0 });
const percent = (value: number): string => `${digits.format(value)} %`;

function factsOf({ version, uptime, engine, disk, streams, viewers }: SystemMetrics) {
  return [
    [t.system.version, version],
    [t.system.uptime, formatDuration(uptime)],
    [t.system.engine, engine.connected ? t.system.engineHere : t.system.engineAway],
    [t.dashboard.disk, disk ? `${formatBytes(disk.used)} / ${formatBytes(disk.total)}` : '–'],
    [t.dashboard.online, `${streams.live} / ${streams.total}`],
    [t.system.viewers, String(viewers.total)],
  ] as const;
}

/** Who watches at this moment. */
function Viewers() {
  const api = useApi();
  const list = useQuery({
    queryKey: ['viewers'],
    queryFn: ({ signal }) => api.get<ViewerList>('/api/viewers', { query: { limit: 200 }, signal }),
    refetchInterval: EVERY_MS,
  });
  const now = new Date();
  return (
    <section>
      <h2 className="mb-2">{t.system.viewers}</h2>
      <QueryState query={list} empty={list.data?.total === 0 ? t.system.noViewers : null}>
        <div className="card table-box">
          <table className="table">
            <tbody>
              {list.data?.viewers.map((viewer) => (
                <tr key={viewer.id}>
                  <td className="font-semibold">{viewer.stream_id}</td>
                  <td>{viewer.protocol}</td>
                  <td className="text-faint">{viewer.address}</td>
                  <td className="text-faint">{formatTime(viewer.since, now)}</td>
                  <td className="number">{formatBytes(viewer.bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </QueryState>
    </section>
  );
}
