import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { usePageTitle } from '../../app/use-page-title.ts';
import { useStreams } from '../../queries/streams.ts';
import { useSession } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { MINUTE } from '../visible.ts';
import { CameraChoice } from './camera-choice.tsx';
import { Playback } from './playback.tsx';

/** More pictures at once than this are of no use to an eye or a disk. */
export const MOST_PANES = 9;
const FIRST_PANES = 4;

/** Recorded footage of several cameras on one clock. */
export function TimelinePage() {
  const heading = usePageTitle(t.nav.timeline);
  const { can } = useSession();
  const { data: streams } = useStreams();
  const search = useSearch({ from: '/timeline' });
  const navigate = useNavigate();
  const ids = useMemo(
    () => (streams ?? []).map(({ id }) => id).filter((id) => can('recordings:read', id)),
    [streams, can],
  );
  const chosen = useMemo(() => {
    const named = search.cameras?.split(',').filter((id) => ids.includes(id)) ?? [];
    return search.cameras === undefined ? ids.slice(0, FIRST_PANES) : named.slice(0, MOST_PANES);
  }, [search.cameras, ids]);
  const choose = useCallback(
    (cameras: readonly string[]) =>
      void navigate({
        to: '/timeline',
        search: (before) => ({ ...before, cameras: cameras.join(',') }),
        replace: true,
      }),
    [navigate],
  );
  return (
    <div className="grid gap-3" data-page="timeline">
      <div className="flex flex-wrap items-center gap-2">
        <h1 ref={heading} tabIndex={-1} className="mr-auto">
          {t.nav.timeline}
        </h1>
        <CameraChoice ids={ids} chosen={chosen} most={MOST_PANES} onChange={choose} />
      </div>
      {streams === undefined ? (
        <div className="skeleton aspect-video" />
      ) : chosen.length === 0 ? (
        <p className="card text-faint">
          {ids.length === 0 ? t.timeline.noCameras : t.timeline.chooseCameras}
        </p>
      ) : (
        <Playback key={search.at ?? 'now'} cameras={chosen} from={search.at ?? Date.now() - MINUTE} />
      )}
    </div>
  );
}
