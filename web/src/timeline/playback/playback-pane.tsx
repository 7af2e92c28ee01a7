import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { recordedPlaylistPath } from '../../api/client.ts';
import type { Span } from '../../player/recorded/recorded-playback.ts';
import type { RecordedPlayer } from '../../player/recorded/recorded-player.ts';
import { useRecordedPlayer } from '../../player/recorded/use-recorded-player.ts';
import { useApi } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { type Stretch, stretchAt } from '../stretches.ts';
import { HOUR, MINUTE, SECOND } from '../visible.ts';
import type { CommonClock } from './common-clock.ts';

const LOOK_MS = 250;
/** Further apart than this, a picture is moved to the clock. Milliseconds at normal speed. */
const APART_MS = 700;

/** One camera's recorded picture, on the clock that it shares. */
export function PlaybackPane(props: {
  streamId: string;
  clock: CommonClock;
  stretches: readonly Stretch[];
  /** The player once it is there, for single steps. */
  onPlayer: (streamId: string, player: RecordedPlayer | null) => void;
}) {
  const { streamId, clock, stretches, onPlayer } = props;
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const { authorization } = useApi();
  const source = useMemo(
    () => ({ url: (span: Span) => recordedPlaylistPath({ id: streamId, ...span }), authorization }),
    [streamId, authorization],
  );
  const [span, setSpan] = useState<Span>(() => spanAt(clock.at));
  const [player, snapshot] = useRecordedPlayer(video, span, source);
  useEffect(() => {
    onPlayer(streamId, player);
    return () => onPlayer(streamId, null);
  }, [streamId, player, onPlayer]);

  const gap = useClock({ streamId, clock, stretches, player, video, span, setSpan });
  useSyncExternalStore(
    (listener) => clock.subscribe(listener),
    () => clock.state,
  );
  const fault = snapshot.phase === 'failed' ? snapshot.fault : null;
  return (
    <figure
      className="relative aspect-video overflow-hidden rounded-box bg-picture"
      data-pane={streamId}
      data-phase={gap ? 'gap' : snapshot.phase}
      data-at={Math.round(snapshot.at)}
    >
      <video
        ref={setVideo}
        className="size-full object-contain"
        data-stream-id={streamId}
        muted
        playsInline
      />
      {(gap || fault) && (
        <p
          className="absolute inset-0 grid place-items-center bg-[#05070ae6] p-4 text-center text-white"
          role="status"
        >
          {gap?.gap ? t.timeline.noFootage(t.timeline.gap[gap.gap]) : fault && t.recorded.fault[fault]}
        </p>
      )}
      <figcaption className="absolute bottom-1.5 left-1.5 rounded bg-[#000a] px-1.5 py-0.5 text-xs text-white">
        {streamId}
      </figcaption>
    </figure>
  );
}

/** Follows the clock; answers the gap in which it stands, if any. */
function useClock(of: {
  streamId: string;
  clock: CommonClock;
  stretches: readonly Stretch[];
  player: RecordedPlayer | null;
  video: HTMLVideoElement | null;
  span: Span;
  setSpan: (span: Span) => void;
}): Stretch | null {
  const { streamId, clock, stretches, player, video, span, setSpan } = of;
  const [gap, setGap] = useState<Stretch | null>(null);
  const known = useRef(stretches);
  useEffect(() => {
    known.current = stretches;
  });
  useEffect(() => {
    const follow = () => {
      const { at } = clock;
      const here = stretchAt(known.current, at);
      const none = here && here.gap !== null ? here : null;
      setGap(none);
      if (at < span.start || at >= span.end) setSpan(spanAt(at));
      else if (player && video) keepUp({ player, video, clock, gap: none !== null });
      clock.hold(streamId, none === null && waits(player, video));
    };
    follow();
    const timer = setInterval(follow, LOOK_MS);
    const leave = clock.subscribe(follow);
    return () => {
      clearInterval(timer);
      leave();
      clock.hold(streamId, false);
    };
  }, [clock, player, video, span, setSpan, streamId]);
  return gap;
}

/** What is opened for a moment: a little before it for single steps back, and an hour after. */
function spanAt(at: number): Span {
  const start = at - 4 * SECOND;
  return { start, end: Math.max(start + 30 * SECOND, Math.min(at + HOUR, Date.now() + 5 * MINUTE)) };
}

const waits = (player: RecordedPlayer | null, video: HTMLVideoElement | null): boolean => {
  const phase = player?.snapshot.phase;
  return video === null || phase === undefined || phase === 'opening' || phase === 'buffering';
};

/** Brings one picture to the clock. */
function keepUp(of: {
  player: RecordedPlayer;
  video: HTMLVideoElement;
  clock: CommonClock;
  gap: boolean;
}): void {
  const { player, video, clock, gap } = of;
  const { phase, at, rate } = player.snapshot;
  if (phase === 'opening' || phase === 'failed') return;
  const { playing, held } = clock.state;
  if (rate !== clock.state.rate) player.setRate(clock.state.rate);
  if (!video.seeking && Math.abs(at - clock.at) > APART_MS * Math.max(1, clock.state.rate) && !gap) {
    player.seek(clock.at);
  }
  // One that waits itself goes on by itself; the others stand as long as the clock does.
  const run = playing && !gap && (!held || phase === 'buffering');
  if (run === video.paused) player.toggle();
}
