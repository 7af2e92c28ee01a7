import { type CSSProperties, lazy, Suspense, useRef, useState } from 'react';
import type { Layout, StreamSummary } from '../api/types.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { Icon } from '../controls/icons.tsx';
import { useFullScreen } from '../player/view/use-full-screen.ts';
import { useLayouts } from '../queries/layouts.ts';
import { useStreams } from '../queries/streams.ts';
import { t } from '../strings/index.ts';
import { EmptyState } from './empty-state.tsx';
import { LayoutChoice } from './layout-choice.tsx';
import { lowLatencyFits, pageProtocol } from './live-budget.ts';
import { mainStreams } from './sub-stream.ts';
import { Tile } from './tile.tsx';

// Drag and drop is loaded for who arranges.
const Arrange = lazy(async () => ({ default: (await import('./arrange.tsx')).Arrange }));

const KEY = 'nightjar.layout';

/** All cameras beside each other, or as somebody arranged them, each with its live picture. */
export function WallPage() {
  const heading = usePageTitle(t.nav.live);
  const box = useRef<HTMLDivElement>(null);
  const fullScreen = useFullScreen(box, null);
  const { data: streams } = useStreams();
  const { data: layouts } = useLayouts();
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEY));
  const [arranging, setArranging] = useState<{ layout: Layout | null } | null>(null);
  const choose = (id: string | null) => {
    if (id === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, id);
    setChosen(id);
  };
  const [heard, setHeard] = useState<string | null>(null);
  if (streams === undefined) return <WallSkeleton />;
  const cameras = mainStreams(streams);
  const layout = layouts?.items.find(({ id }) => id === chosen) ?? null;
  const shown = layout ? ofLayout(streams, layout) : cameras.map((stream) => ({ stream, size: 1 }));
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 ref={heading} tabIndex={-1}>
          {t.nav.live}
        </h1>
        {streams.length > 0 && <Summary streams={cameras} />}
        {streams.length > 0 && !arranging && (
          <span className="ml-auto flex items-center gap-2">
            <LayoutChoice
              layouts={layouts?.items ?? []}
              chosen={layout}
              onChoose={choose}
              onArrange={(which) => setArranging({ layout: which })}
            />
            {fullScreen.possible && (
              <button
                type="button"
                className="button icon-only"
                aria-label={t.player.fullScreen}
                title={t.player.fullScreen}
                onClick={fullScreen.toggle}
              >
                <Icon name="expand" />
              </button>
            )}
          </span>
        )}
      </div>
      {streams.length === 0 && <EmptyState />}
      {arranging ? (
        <Suspense fallback={<WallSkeleton />}>
          <Arrange
            streams={cameras}
            layout={arranging.layout}
            onDone={(id) => {
              choose(id);
              setArranging(null);
            }}
          />
        </Suspense>
      ) : (
        <div ref={box} className="wall-box">
          <Grid
            shown={shown}
            streams={streams}
            columns={layout?.columns ?? null}
            heard={heard}
            onHeard={setHeard}
          />
        </div>
      )}
    </>
  );
}

interface Shown {
  readonly stream: StreamSummary;
  readonly size: number;
}

function ofLayout(streams: readonly StreamSummary[], { tiles }: Layout): readonly Shown[] {
  return tiles
    .toSorted((a, b) => a.y - b.y || a.x - b.x)
    .flatMap(({ camera_id, stream_id, w }) => {
      const stream = streams.find(({ id }) => id === (stream_id ?? camera_id));
      return stream ? [{ stream, size: w }] : [];
    });
}

function Grid(props: {
  shown: readonly Shown[];
  streams: readonly StreamSummary[];
  columns: number | null;
  /** The camera that is heard: one at most. */
  heard: string | null;
  onHeard: (id: string | null) => void;
}) {
  const { shown, columns } = props;
  const [protocol] = useState(pageProtocol);
  return (
    <ul
      className="wall"
      data-count={columns === null ? Math.min(shown.length, 5) : undefined}
      data-arranged={columns === null ? undefined : ''}
      style={{ '--columns': columns ?? 1 } as CSSProperties}
    >
      {shown.map(({ stream, size }) => (
        <li key={stream.id} style={{ '--size': size } as CSSProperties}>
          <Tile
            stream={stream}
            streams={props.streams}
            large={size > 1}
            lowLatency={lowLatencyFits(shown.length, protocol)}
            sound={props.heard === stream.id}
            onSound={(on) => props.onHeard(on ? stream.id : null)}
          />
        </li>
      ))}
    </ul>
  );
}

function Summary({ streams }: { streams: readonly StreamSummary[] }) {
  const live = streams.filter((stream) => stream.state === 'live').length;
  const recording = streams.filter((stream) => stream.recording.status === 'recording').length;
  return (
    <p className="text-faint">
      {t.wall.summary(live, streams.length)} · {t.wall.summaryRecording(recording)}
    </p>
  );
}

function WallSkeleton() {
  return (
    <div className="wall" aria-busy="true">
      {[1, 2, 3, 4].map((one) => (
        <div key={one} className="skeleton aspect-video" />
      ))}
    </div>
  );
}
