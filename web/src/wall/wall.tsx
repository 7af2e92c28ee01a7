import { useState } from 'react';
import type { ApiClient } from '../api/client.ts';
import type { StreamDetail, StreamSummary } from '../api/types.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { t } from '../strings/index.ts';
import { EmptyState } from './empty-state.tsx';
import { lowLatencyFits, pageProtocol } from './live-budget.ts';
import { Tile } from './tile.tsx';

/** All cameras beside each other, each with its live picture. */
export function Wall(props: {
  streams: readonly StreamSummary[] | null;
  details: ReadonlyMap<string, StreamDetail>;
  api: ApiClient;
  onAdd: () => void;
}) {
  const heading = usePageTitle(t.app.cameras);
  const [protocol] = useState(pageProtocol);
  const { streams } = props;
  if (streams === null) return <p className="loading">{t.app.loading}</p>;
  const live = streams.filter((stream) => stream.state === 'live').length;
  const recording = streams.filter((stream) => stream.recording.status === 'recording').length;
  return (
    <>
      <div className="wall-head">
        <h1 ref={heading} tabIndex={-1}>
          {t.app.cameras}
        </h1>
        {streams.length > 0 && (
          <p className="faint">
            {t.wall.summary(live, streams.length)} · {t.wall.summaryRecording(recording)}
          </p>
        )}
      </div>
      {streams.length === 0 && <EmptyState onAdd={props.onAdd} />}
      <ul className="wall" data-count={Math.min(streams.length, 5)}>
        {streams.map((stream) => (
          <li key={stream.id}>
            <Tile
              stream={stream}
              detail={props.details.get(stream.id)}
              authorization={props.api.authorization}
              lowLatency={lowLatencyFits(streams.length, protocol)}
            />
          </li>
        ))}
      </ul>
    </>
  );
}
