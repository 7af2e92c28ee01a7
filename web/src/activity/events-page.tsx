import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ActivityList } from '../api/types.ts';
import { PageHead } from '../controls/page-head.tsx';
import { Pager } from '../controls/pager.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useStreams } from '../queries/streams.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { Feed } from './feed.tsx';

const LIMIT = 100;
const KINDS = [
  ...(['', 'stream.', 'stream.error', 'recording.', 'segment.'] as const),
  ...(['detection.started', 'camera.notice', 'system.'] as const),
] as const;

/** What happened lately, with filters; it goes on by itself. */
export function EventsPage() {
  const api = useApi();
  const { data: streams } = useStreams();
  const [camera, setCamera] = useState('');
  const [type, setType] = useState<(typeof KINDS)[number]>('');
  const [offset, setOffset] = useState(0);
  const query = { limit: LIMIT, offset, camera_id: camera, type };
  const list = useQuery({
    queryKey: ['activity', query],
    queryFn: ({ signal }) => api.get<ActivityList>('/api/v1/dashboard/activity', { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: offset === 0 ? 3_000 : false,
  });
  return (
    <div data-page="events">
      <PageHead title={t.nav.events}>
        <select
          className="button"
          aria-label={t.recordings.camera}
          value={camera}
          onChange={(event) => {
            setCamera(event.target.value);
            setOffset(0);
          }}
        >
          <option value="">{t.recordings.everyCamera}</option>
          {streams?.map(({ id }) => (
            <option key={id}>{id}</option>
          ))}
        </select>
        <select
          className="button"
          aria-label={t.activity.kind}
          value={type}
          onChange={(event) => {
            setType(event.target.value as (typeof KINDS)[number]);
            setOffset(0);
          }}
        >
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {t.activity.kinds[kind]}
            </option>
          ))}
        </select>
      </PageHead>
      <QueryState query={list} empty={list.data?.items.length === 0 ? t.activity.none : null}>
        <Feed items={list.data?.items ?? []} files={type === 'segment.'} />
        <div className="mt-3">
          <Pager total={list.data?.total ?? 0} limit={LIMIT} offset={offset} onChange={setOffset} />
        </div>
      </QueryState>
    </div>
  );
}
