import { useState } from 'react';
import { usePageTitle } from '../app/use-page-title.ts';
import { useStreams } from '../queries/streams.ts';
import { t } from '../strings/index.ts';
import { EmptyState } from './empty-state.tsx';
import { lowLatencyFits, pageProtocol } from './live-budget.ts';
import { Tile } from './tile.tsx';

/** All cameras beside each other, each with its live picture. */
export function WallPage() {
  const heading = usePageTitle(t.nav.live);
  const [protocol] = useState(pageProtocol);
  const { data: streams } = useStreams();
  if (streams === undefined) return <p className="text-faint">{t.app.loading}</p>;
  const live = streams.filter((stream) => stream.state === 'live').length;
  const recording = streams.filter((stream) => stream.recording.status === 'recording').length;
  return (
    <>
      <div className="mb-3 flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h1 ref={heading} tabIndex={-1}>
          {t.nav.live}
        </h1>
        {streams.length > 0 && (
          <p className="text-faint">
            {t.wall.summary(live, streams.length)} · {t.wall.summaryRecording(recording)}
          </p>
        )}
      </div>
      {streams.length === 0 && <EmptyState />}
      <ul className="wall" data-count={Math.min(streams.length, 5)}>
        {streams.map((stream) => (
          <li key={stream.id}>
            <Tile stream={stream} lowLatency={lowLatencyFits(streams.length, protocol)} />
          </li>
        ))}
      </ul>
    </>
  );
}
