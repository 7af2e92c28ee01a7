import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { streamPath } from '../../api/client.ts';
import type { StreamMetricsDetail } from '../../api/types.ts';
import { useApi } from '../../session/session.ts';
import { formatBitrate, formatFramerate } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { Chart } from './chart.tsx';
import { type Look, withLook } from './figures.ts';

const EVERY_MS = 2_000;

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
    </section>
  );
}

const digits = new Intl.NumberFormat(t.locale, { maximumFractionDigits: 1 });
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
