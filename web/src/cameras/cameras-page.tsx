import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { StreamSummary } from '../api/types.ts';
import { Icon } from '../controls/icons.tsx';
import { PageHead } from '../controls/page-head.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useStreams } from '../queries/streams.ts';
import { useSession } from '../session/session.ts';
import { RecordingBadge, StateBadge } from '../streams/badges.tsx';
import { formatBitrate, formatFramerate, formatResolution } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { EmptyState } from '../wall/empty-state.tsx';

/** Every camera as a list. */
export function CamerasPage() {
  const { can, everything } = useSession();
  const streams = useStreams();
  const [text, setText] = useState('');
  const shown = streams.data?.filter(({ id }) => id.toLowerCase().includes(text.trim().toLowerCase())) ?? [];
  if (streams.data?.length === 0) return <EmptyState />;
  return (
    <div data-page="cameras">
      <PageHead title={t.nav.cameras}>
        <input
          type="search"
          className="!w-48"
          aria-label={t.cameras.search}
          placeholder={t.cameras.search}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {everything && can('streams:write') && (
          <Link to="/cameras/new" className="button primary">
            <Icon name="add" />
            {t.app.addCamera}
          </Link>
        )}
      </PageHead>
      <QueryState query={streams} empty={shown.length === 0 ? t.cameras.none : null}>
        <div className="card table-box">
          <table className="table">
            <thead>
              <tr>
                <th>{t.addCamera.id}</th>
                <th>{t.cameras.state}</th>
                <th>{t.recordings.title}</th>
                <th>{t.stream.resolution}</th>
                <th className="number">{t.stream.framerate}</th>
                <th className="number">{t.stream.bitrate}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((stream) => (
                <Row key={stream.id} stream={stream} />
              ))}
            </tbody>
          </table>
        </div>
      </QueryState>
    </div>
  );
}

function Row({ stream }: { stream: StreamSummary }) {
  const { metrics, state } = stream;
  const live = state === 'live';
  const figure = (value: number | null, format: (value: number) => string) =>
    live && value !== null ? format(value) : '';
  return (
    <tr>
      <td>
        <Link to="/cameras/$id" params={{ id: stream.id }} className="font-semibold text-ink no-underline">
          {stream.id}
        </Link>
      </td>
      <td>
        <StateBadge state={state} />
      </td>
      <td>
        <RecordingBadge recording={stream.recording} />
      </td>
      <td>{live && metrics.resolution !== null ? formatResolution(metrics.resolution) : ''}</td>
      <td className="number">{figure(metrics.framerate, formatFramerate)}</td>
      <td className="number">{figure(metrics.bitrate, formatBitrate)}</td>
    </tr>
  );
}
