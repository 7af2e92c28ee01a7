import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Feed } from '../../activity/feed.tsx';
import { streamPath } from '../../api/client.ts';
import type { Activity, ListOf, StreamMetricsDetail } from '../../api/types.ts';
import { useApi, useSession } from '../../session/session.ts';
import { formatBitrate, formatFramerate } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { Chart } from './chart.tsx';
import { type Look, withLook } from './figures.ts';

const EVERY_MS = 2_000;
const CONNECTIONS = 30;
const CAME_AND_WENT = ['stream.started', 'stream.stopped', 'stream.error'];

/** What a stream does, drawn while somebody looks. */
export function StreamHealth({ id }: { id: string }) {
  const api = useApi();
  const { data, dataUpdatedAt } = useQuery({
    queryKey: ['stream-metrics', id],
    queryFn: ({ signal }) => api.get<StreamMetricsDetail>(`${streamPath(id)}/metrics`, { signal }),
    refetchInterval: EVERY_MS,
    staleTime: 0,
  });
  const [looks, setLooks] = useState<readonly Look[]>([]);
  const lost = useRef<number | null>(null);
  useEffect(() => {
    if (data === undefined) return;
    const before = lost.current;
    lost.current = data.packets.lost;
    setLooks((all) => withLook(all, data, before, dataUpdatedAt / 1000));
  }, [data, dataUpdatedAt]);
  const times = looks.map(({ at }) => at);
  return (
    <section className="card grid gap-4" data-part="health">
      <Chart
        label={t.stream.bitrate}
        times={times}
        values={looks.map(({ bitrate }) => bitrate)}
        format={formatBitrate}
      />
      <Chart
        label={t.stream.framerate}
        times={times}
        values={looks.map(({ framerate }) => framerate)}
        format={formatFramerate}
      />
      <Chart
        label={t.health.latency}
        times={times}
        values={looks.map(({ latency }) => latency)}
        format={milliseconds}
      />
      <Chart label={t.health.lost} times={times} values={looks.map((look) => look.lost)} format={plain} />
      {data && (
        <dl className="facts">
          {rowsOf(data).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="text-faint">{t.health.note}</p>
      <Connections id={id} />
    </section>
  );
}

/** When it came and went, and why. */
function Connections({ id }: { id: string }) {
  const { api, can } = useSession();
  const { data } = useQuery({
    queryKey: ['connections', id],
    queryFn: ({ signal }) =>
      api.get<ListOf<Activity>>('/api/v1/dashboard/activity', {
        query: { camera_id: id, type: 'stream.', limit: CONNECTIONS },
        signal,
      }),
    enabled: can('cameras:read', id),
    refetchInterval: 5_000,
  });
  const told = data?.items.filter(({ kind, type }) => kind === 'event' && CAME_AND_WENT.includes(type)) ?? [];
  if (told.length === 0) return null;
  return (
    <section className="grid gap-2" data-part="connections">
      <h2>{t.health.connections}</h2>
      <Feed items={told} />
    </section>
  );
}

const digits = new Intl.NumberFormat(t.locale, { maximumFractionDigits: 1 });
const milliseconds = (value: number): string => `${digits.format(value)} ms`;
const plain = (value: number): string => digits.format(value);
const figure = (value: number | null, format: (value: number) => string): string =>
  value === null ? t.stream.unknown : format(value);

function rowsOf(metrics: StreamMetricsDetail): readonly (readonly [string, string])[] {
  return [
    [t.health.average, figure(metrics.bitrate.average, formatBitrate)],
    [t.health.peak, figure(metrics.bitrate.peak, formatBitrate)],
    [t.health.dropped, figure(metrics.framerate.dropped, plain)],
    [t.health.recovered, figure(metrics.packets.recovered, plain)],
    [t.health.errors, figure(metrics.errors.total, plain)],
  ];
}
