import type { StreamDetail, StreamSummary } from '../api/types.ts';
import { streamHash } from '../app/route.ts';
import { LiveView } from '../player/view/live-view.tsx';
import { RecordingBadge, StateBadge } from '../streams/badges.tsx';
import { OutageNote } from '../streams/outage-note.tsx';
import { playable } from '../streams/stream-state.ts';
import { formatBitrate, formatFramerate, formatResolution } from '../strings/format.ts';
import { t } from '../strings/index.ts';

/** One camera on the wall: its picture without sound; a press opens it. */
export function Tile(props: {
  stream: StreamSummary;
  detail: StreamDetail | undefined;
  authorization: string;
  lowLatency: boolean;
}) {
  const { stream, authorization, lowLatency } = props;
  const open = () => {
    location.hash = streamHash(stream.id);
  };
  return (
    <article className="tile">
      <LiveView
        streamId={stream.id}
        source={{ streamId: stream.id, base: '', authorization, audio: false, lowLatency }}
        live={playable(stream)}
        compact
      >
        <OutageNote state={stream.state} detail={props.detail} />
      </LiveView>
      <div className="tile-foot">
        <div className="tile-row">
          <h2>
            <button type="button" className="tile-open" data-stream={stream.id} onClick={open}>
              {stream.id}
              <span className="visually-hidden">{t.wall.openWith(t.state[stream.state])}</span>
            </button>
          </h2>
          <StateBadge state={stream.state} />
        </div>
        <div className="tile-row">
          <p className="tile-figures">{figures(stream)}</p>
          <RecordingBadge recording={stream.recording} />
        </div>
      </div>
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
