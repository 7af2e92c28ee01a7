import type { StreamDetail, StreamSummary } from '../api/types.ts';
import type { Span } from '../player/recorded/recorded-playback.ts';
import { RecordedView } from '../player/recorded/recorded-view.tsx';
import { LiveView } from '../player/view/live-view.tsx';
import { useSession } from '../session/session.ts';
import { OutageNote } from '../streams/outage-note.tsx';
import { playable } from '../streams/stream-state.ts';

/** The live picture, or the recording that was chosen in its place. */
export function StreamPicture(props: {
  id: string;
  stream: StreamSummary | undefined;
  detail: StreamDetail | undefined;
  /** null: live. */
  recorded: Span | null;
  onBack: () => void;
  /** The moment of the recording that is seen, UTC milliseconds. */
  onMoment: (at: number) => void;
}) {
  const { id, stream, recorded } = props;
  const { api, can } = useSession();
  return (
    <div className="stream-picture">
      {recorded ? (
        <RecordedView
          key={recorded.start}
          streamId={id}
          span={recorded}
          api={api}
          fps={stream?.metrics.framerate ?? null}
          onBack={props.onBack}
          onMoment={props.onMoment}
        />
      ) : (
        <LiveView
          streamId={id}
          source={{
            streamId: id,
            base: '',
            authorization: api.authorization,
            audio: true,
            lowLatency: true,
            lower: true,
          }}
          // Before the first list the picture is tried at once: it is most likely live.
          live={stream === undefined || playable(stream)}
          boxes={props.detail?.inference.state === 'on' && can('events:read', id)}
          compact={false}
        >
          {stream && <OutageNote state={stream.state} detail={props.detail} />}
        </LiveView>
      )}
    </div>
  );
}
