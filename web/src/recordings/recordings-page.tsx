import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PlatformRecordingList } from '../api/types.ts';
import { PageHead } from '../controls/page-head.tsx';
import { Pager } from '../controls/pager.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { ExportsList } from '../exports/exports-list.tsx';
import { useStreams } from '../queries/streams.ts';
import { useApi } from '../session/session.ts';
import { formatBytes, formatDuration } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { RecordingRow } from './recording-row.tsx';
import { endOfDay, parseDay } from './today.ts';

const LIMIT = 50;
const SORTS = ['newest', 'oldest', 'longest', 'largest'] as const;
const NONE = { camera: '', from: '', to: '', kept: false, sort: 'newest' as (typeof SORTS)[number] };

/** Every recording within reach, with filters. */
export function RecordingsPage() {
  const api = useApi();
  const [filter, setFilter] = useState(NONE);
  const [offset, setOffset] = useState(0);
  const until = parseDay(filter.to);
  const query = {
    limit: LIMIT,
    offset,
    camera_id: filter.camera,
    start_date: parseDay(filter.from)?.toISOString(),
    end_date: until && endOfDay(until).toISOString(),
    protected: filter.kept ? true : undefined,
    sort: filter.sort,
  };
  const list = useQuery({
    queryKey: ['recordings', query],
    queryFn: ({ signal }) => api.get<PlatformRecordingList>('/api/v1/recordings', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const change = (next: Partial<typeof NONE>) => {
    setFilter({ ...filter, ...next });
    setOffset(0);
  };
  return (
    <div data-page="recordings">
      <PageHead title={t.nav.recordings}>
        {list.data && (
          <p className="text-faint">
            {formatBytes(list.data.total_size)} · {formatDuration(list.data.total_duration)} ·{' '}
            {t.recordings.files(list.data.total)}
          </p>
        )}
      </PageHead>
      <ExportsList />
      <Filters filter={filter} onChange={change} />
      <QueryState query={list} empty={list.data?.total === 0 ? t.recordings.noneFound : null}>
        <div className="card table-box">
          <table className="table">
            <thead>
              <tr>
                <th>{t.recordings.camera}</th>
                <th>{t.recordings.startedAt}</th>
                <th className="number">{t.recordings.duration}</th>
                <th className="number">{t.recordings.size}</th>
                <th>{t.recordings.tier}</th>
                <th className="acts">{t.recordings.acts}</th>
              </tr>
            </thead>
            <tbody>
              {list.data?.items.map((recording) => (
                <RecordingRow key={recording.id} recording={recording} />
              ))}
            </tbody>
          </table>
        </div>
        <div className="mt-3">
          <Pager total={list.data?.total ?? 0} limit={LIMIT} offset={offset} onChange={setOffset} />
        </div>
      </QueryState>
    </div>
  );
}

function Filters(props: { filter: typeof NONE; onChange: (change: Partial<typeof NONE>) => void }) {
  const { filter, onChange } = props;
  const { data: streams } = useStreams();
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <select
        className="button"
        aria-label={t.recordings.camera}
        value={filter.camera}
        onChange={(event) => onChange({ camera: event.target.value })}
      >
        <option value="">{t.recordings.everyCamera}</option>
        {streams?.map(({ id }) => (
          <option key={id}>{id}</option>
        ))}
      </select>
      <input
        type="date"
        className="!w-auto"
        aria-label={t.recordings.from}
        value={filter.from}
        onChange={(event) => onChange({ from: event.target.value })}
      />
      <span aria-hidden="true">–</span>
      <input
        type="date"
        className="!w-auto"
        aria-label={t.recordings.to}
        value={filter.to}
        onChange={(event) => onChange({ to: event.target.value })}
      />
      <select
        className="button"
        aria-label={t.recordings.sort}
        value={filter.sort}
        onChange={(event) => onChange({ sort: event.target.value as (typeof SORTS)[number] })}
      >
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {t.recordings.sorts[sort]}
          </option>
        ))}
      </select>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          checked={filter.kept}
          onChange={(event) => onChange({ kept: event.target.checked })}
        />
        {t.recordings.keptOnly}
      </label>
    </div>
  );
}
