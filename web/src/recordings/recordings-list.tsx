import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { PlatformRecordingList } from '../api/types.ts';
import { Pager } from '../controls/pager.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useApi } from '../session/session.ts';
import { formatBytes, formatDuration } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { type Filter, Filters } from './filters.tsx';
import { OriginalActs } from './originals/original-acts.tsx';
import { RecordingActs } from './recording-acts.tsx';
import { RecordingRow } from './recording-row.tsx';
import { endOfDay, parseDay } from './today.ts';

const LIMIT = 50;

/** A page of what was recorded and fits, or of the recorded originals alone. */
export function RecordingsList({ originals }: { originals: boolean }) {
  const api = useApi();
  const { camera = '' } = useSearch({ from: '/recordings' });
  const [filter, setFilter] = useState<Filter>({ camera, from: '', to: '', kept: false, sort: 'newest' });
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
    original: originals || undefined,
  };
  const list = useQuery({
    queryKey: ['recordings', query],
    queryFn: ({ signal }) => api.get<PlatformRecordingList>('/api/v1/recordings', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const Acts = originals ? OriginalActs : RecordingActs;
  const none = originals ? t.originals.none : t.recordings.noneFound;
  return (
    <>
      <Filters
        filter={filter}
        originals={originals}
        onChange={(change) => {
          setFilter({ ...filter, ...change });
          setOffset(0);
        }}
      >
        {list.data && (
          <p className="ml-auto text-faint">
            {formatBytes(list.data.total_size)} · {formatDuration(list.data.total_duration)} ·{' '}
            {t.recordings.files(list.data.total)}
          </p>
        )}
      </Filters>
      <QueryState query={list} empty={list.data?.total === 0 ? none : null}>
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
                <RecordingRow key={recording.id} recording={recording}>
                  <Acts recording={recording} />
                </RecordingRow>
              ))}
            </tbody>
          </table>
        </div>
        <div className="mt-3">
          <Pager total={list.data?.total ?? 0} limit={LIMIT} offset={offset} onChange={setOffset} />
        </div>
      </QueryState>
    </>
  );
}
