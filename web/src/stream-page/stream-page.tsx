import { type ApiClient, livePlaylistPath } from '../api/client.ts';
import { WALL } from '../app/route.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { Icon } from '../controls/icons.tsx';
import { LiveView } from '../player/view/live-view.tsx';
import { RecordingsPanel } from '../recordings/recordings-panel.tsx';
import { RecordingBadge, StateBadge } from '../streams/badges.tsx';
import { OutageNote } from '../streams/outage-note.tsx';
import type { StreamsState, StreamsStore } from '../streams/streams-store.ts';
import { t } from '../strings/index.ts';
import { OtherStreams } from './other-streams.tsx';
import { RemoveCamera } from './remove-camera.tsx';
import { StreamControl } from './stream-control.tsx';
import { StreamFacts } from './stream-facts.tsx';
import { StreamProblems } from './stream-problems.tsx';

/** One camera: its picture, what is known of it, its recordings and what can be done. */
export function StreamPage(props: { id: string; state: StreamsState; store: StreamsStore; api: ApiClient }) {
  const { id, store, api } = props;
  const { streams, details } = props.state;
  const heading = usePageTitle(id);
  const stream = streams?.find((candidate) => candidate.id === id);
  const detail = details.get(id);
  return (
    <div className="stream-page">
      <div className="stream-head">
        <a className="button quiet" href={WALL} aria-label={t.stream.back}>
          <Icon name="back" />
          <span className="label">{t.stream.back}</span>
        </a>
        <h1 ref={heading} tabIndex={-1}>
          {id}
        </h1>
        {stream && <StateBadge state={stream.state} />}
        {stream && <RecordingBadge recording={stream.recording} />}
      </div>
      {streams !== null && stream === undefined ? (
        <section className="card">
          <h2>{t.stream.goneTitle}</h2>
          <p>{t.stream.gone(id)}</p>
        </section>
      ) : (
        <div className="stream-picture">
          <LiveView
            streamId={id}
            source={{
              url: livePlaylistPath(id),
              authorization: api.authorization,
              audio: true,
              lowLatency: true,
            }}
            // Before the first list the picture is tried at once: it is most likely live.
            live={stream === undefined || stream.state === 'live'}
            compact={false}
          >
            {stream && <OutageNote state={stream.state} detail={detail} />}
          </LiveView>
        </div>
      )}
      {stream && (
        <div className="stream-side">
          <StreamControl stream={stream} api={api} onChanged={() => store.refresh()} />
          <RecordingsPanel id={id} api={api} />
          <StreamFacts stream={stream} detail={detail} />
          {detail && <StreamProblems errors={detail.errors} />}
          <RemoveCamera
            id={id}
            footage={stream.recording.duration}
            api={api}
            onRemoved={() => store.refresh()}
          />
        </div>
      )}
      <OtherStreams id={id} streams={streams ?? []} />
    </div>
  );
}
