import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Camera, Download } from 'lucide-react';
import { useState } from 'react';
import type { Snapshot, SnapshotList } from '../api/types.ts';
import { AddButton } from '../controls/buttons/add-button.tsx';
import { RemoveButton } from '../controls/buttons/remove-button.tsx';
import { Pager } from '../controls/pager.tsx';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { FileLink } from '../pictures/file-link.tsx';
import { useSession } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { Picture } from './picture.tsx';

const LIMIT = 24;

/** Stills of a camera. */
export function SnapshotsGrid({ camera }: { camera: string }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const action = useAction();
  const [offset, setOffset] = useState(0);
  const path = `/v2/streams/${encodeURIComponent(camera)}/snapshots`;
  const query = { limit: LIMIT, offset };
  const list = useQuery({
    queryKey: ['snapshots', camera, query],
    queryFn: ({ signal }) => api.get<SnapshotList>(path, { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 3_000,
  });
  const take = () =>
    action.run(async () => {
      await api.post(path, { source: 'live' });
      await client.invalidateQueries({ queryKey: ['snapshots', camera] });
    });
  return (
    <div className="grid gap-3">
      {can('snapshots:write', camera) && (
        <AddButton
          icon={Camera}
          label={t.captures.take}
          disabled={action.busy}
          onClick={take}
          part="new-snapshot"
        />
      )}
      <Problem text={action.problem} />
      <QueryState query={list} empty={list.data?.total === 0 ? t.captures.noSnapshots : null}>
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(240px,100%),1fr))] gap-3">
          {list.data?.snapshots.map((snapshot) => (
            <SnapshotCard key={snapshot.id} snapshot={snapshot} />
          ))}
        </ul>
        <Pager total={list.data?.total ?? 0} limit={LIMIT} offset={offset} onChange={setOffset} />
      </QueryState>
    </div>
  );
}

function SnapshotCard({ snapshot }: { snapshot: Snapshot }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const { id, status, stream_id, timestamp } = snapshot;
  const time = formatTime(timestamp, new Date());
  return (
    <li className="overflow-hidden rounded-box border border-line bg-surface" data-snapshot={status}>
      <Picture url={status === 'ready' ? snapshot.image_url : null} note={t.captures.states[status]} />
      <div className="flex flex-wrap items-center gap-1 p-2.5">
        <span className="flex-1 text-faint">{time}</span>
        {status === 'ready' && (
          <FileLink
            className="button quiet icon-only"
            href={snapshot.image_url}
            name={`${stream_id}_${timestamp.replaceAll(':', '-')}.jpg`}
            label={t.recorded.download}
          >
            <Download className="icon" aria-hidden="true" />
          </FileLink>
        )}
        {can('snapshots:write', stream_id) && (
          <RemoveButton
            title={t.captures.removeTitle(time)}
            text={t.captures.removeText}
            act={async () => {
              await api.delete(`/v2/snapshots/${id}`);
              await client.invalidateQueries({ queryKey: ['snapshots', stream_id] });
            }}
          />
        )}
        {snapshot.error !== null && <span className="w-full text-bad">{snapshot.error}</span>}
      </div>
    </li>
  );
}
