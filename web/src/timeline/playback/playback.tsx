import { useQueries } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { streamPath } from '../../api/client.ts';
import type { Coverage } from '../../api/types.ts';
import type { RecordedPlayer } from '../../player/recorded/recorded-player.ts';
import { useApi } from '../../session/session.ts';
import { HoverPreview } from '../hover-preview.tsx';
import { nextFootage, type Stretch, stretchesOf } from '../stretches.ts';
import { type Range, TimelineBar } from '../timeline-bar.tsx';
import { Track } from '../track.tsx';
import { useFollowing, useNow, useView } from '../use-view.ts';
import { blockOf, HOUR, type Visible } from '../visible.ts';
import { CommonClock } from './common-clock.ts';
import { PlaybackControls } from './playback-controls.tsx';
import { PlaybackPane } from './playback-pane.tsx';
import { RangeActions } from './range-actions.tsx';

/** The present: footage reaches the index a few seconds after it was written. */
const LATEST_MS = 3_000;
/** A picture at 25 a second, by which the clock goes on with single steps. */
const PICTURE_MS = 40;

/** Pictures, their common clock and the tracks below them. */
export function Playback(props: { cameras: readonly string[]; from: number }) {
  const { cameras } = props;
  const [clock] = useState(
    () =>
      new CommonClock({
        at: props.from,
        now: () => performance.now(),
        limit: () => Date.now() - LATEST_MS,
      }),
  );
  const state = useSyncExternalStore(
    (listener) => clock.subscribe(listener),
    () => clock.state,
  );
  const readAt = useCallback(() => clock.at, [clock]);
  const view = useView(readAt, HOUR);
  useNow(200, readAt);
  const at = clock.at;
  const now = useNow(5_000);
  useFollowing(view, at, state.playing);
  const coverages = useCoverages(cameras, view.visible);
  const stretches = useMemo(() => coverages.map((one) => (one ? stretchesOf(one) : [])), [coverages]);
  useSkipping(clock, stretches);
  const [range, setRange] = useState<Range | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const { onPlayer, step } = useSteps(clock);
  return (
    <div className="grid gap-3">
      <div className="panes" data-count={cameras.length}>
        {cameras.map((id, i) => (
          <PlaybackPane
            key={id}
            streamId={id}
            clock={clock}
            stretches={stretches[i] ?? []}
            onPlayer={onPlayer}
          />
        ))}
      </div>
      <div className="card grid gap-2 p-2.5">
        <PlaybackControls clock={clock} state={state} at={at} view={view} onStep={step}>
          <RangeActions cameras={cameras} moment={readAt} range={range} onChange={setRange} />
        </PlaybackControls>
        <div className="relative">
          {hover !== null && <HoverPreview at={hover} view={view} camera={cameras[0] ?? null} />}
          <TimelineBar
            view={view}
            at={at}
            now={now}
            range={range}
            onSeek={(moment) => clock.seek(moment)}
            onHover={setHover}
          >
            {cameras.map((id, i) => (
              <Track key={id} name={id} coverage={coverages[i]} visible={view.visible} now={now} />
            ))}
          </TimelineBar>
        </div>
      </div>
    </div>
  );
}

/** Single pictures, of every camera at once. */
function useSteps(clock: CommonClock) {
  const players = useRef(new Map<string, RecordedPlayer>());
  const onPlayer = useCallback((id: string, player: RecordedPlayer | null) => {
    if (player) players.current.set(id, player);
    else players.current.delete(id);
  }, []);
  const step = (direction: 1 | -1) => {
    const { at } = clock;
    clock.setPlaying(false);
    for (const player of players.current.values()) player.step(direction, null);
    clock.seek(at + direction * PICTURE_MS);
  };
  return { onPlayer, step };
}

/** What was recorded in the visible and a little around it, in the order of the cameras. */
function useCoverages(cameras: readonly string[], visible: Visible): readonly (Coverage | undefined)[] {
  const api = useApi();
  const { from, to } = blockOf(visible);
  return useQueries({
    queries: cameras.map((id) => ({
      queryKey: ['footage', id, 'coverage', from, to],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.get<Coverage>(`${streamPath(id)}/coverage`, {
          query: {
            from: new Date(from).toISOString(),
            to: new Date(Math.max(from + 1, Math.min(to, Date.now()))).toISOString(),
          },
          signal,
        }),
      refetchInterval: 5_000,
      placeholderData: (before: Coverage | undefined) => before,
    })),
    combine: combined,
  });
}

const combined = (results: readonly { data: Coverage | undefined }[]) => results.map(({ data }) => data);

/** While it plays, time in which no camera has footage is passed over. */
function useSkipping(clock: CommonClock, stretches: readonly (readonly Stretch[])[]): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (!clock.state.playing || stretches.some((one) => one.length === 0)) return;
      const { at } = clock;
      const next = stretches.map((one) => nextFootage(one, at)).filter((one) => one !== undefined);
      const nearest = Math.min(...next);
      if (Number.isFinite(nearest) && nearest > at + 500) clock.seek(nearest);
    }, 500);
    return () => clearInterval(timer);
  }, [clock, stretches]);
}
