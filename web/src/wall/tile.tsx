import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { StreamSummary } from '../api/types.ts';
import { LiveView } from '../player/view/live-view.tsx';
import { useStream } from '../queries/streams.ts';
import { useApi } from '../session/session.ts';
import { RecordingBadge } from '../streams/badges.tsx';
import { OutageNote } from '../streams/outage-note.tsx';
import { playable, toneOf } from '../streams/stream-state.ts';
import { formatBitrate, formatFramerate, formatResolution } from '../strings/format.ts';
import { t } from '../strings/index.ts';

/** One camera on the wall: its picture without sound; a press opens it. `children` stand over the picture. */
export function Tile(props: { stream: StreamSummary; lowLatency: boolean; children?: ReactNode }) {
  const { stream, lowLatency } = props;
  const api = useApi();
  const navigate = useNavigate();
  const shown = playable(stream);
  const { data: detail } = useStream(stream.id, !shown && stream.state !== 'stopped');
  const { authorization } = api;
  return (
    <article className="tile" data-state={stream.state}>
      <LiveView
        streamId={stream.id}
        source={{ streamId: stream.id, base: '', authorization, audio: false, lowLatency }}
        live={shown}
        compact
      >
        <OutageNote state={stream.state} detail={detail} />
      </LiveView>
      <div className="tile-head">
        <h2>
          <button
            type="button"
            className="tile-open"
            data-stream={stream.id}
            onClick={() => void navigate({ to: '/cameras/$id', params: { id: stream.id } })}
          >
            <span className="badge-dot" data-tone={toneOf(stream.state)} />
            <span className="truncate">{stream.id}</span>
            <span className="visually-hidden">{t.wall.openWith(t.state[stream.state])}</span>
          </button>
        </h2>
        <p className="tile-figures">{figures(stream)}</p>
        <RecordingBadge recording={stream.recording} brief />
      </div>
      {props.children}
    </article>
  );
}

/** What is known of a live picture, as one line. */
function figures({ state, metrics }: StreamSummary): string {
  if (state !== 'live') return '';
  const parts = [
    metrics.resolution === null ? null : formatResolution(metrics.resolution),
    metrics.framerate === null ? null : formatFramerate(metrics.framerate),
    metrics.bitrate === null ? null : formatBitrate(metrics.bitrate),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
