import { useState } from 'react';
import type { ApiClient } from '../api/client.ts';
import type { Recording } from '../api/types.ts';
import { WALL } from '../app/route.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { Icon } from '../controls/icons.tsx';
import type { Span } from '../player/recorded/recorded-playback.ts';
import { RecordingsPanel } from '../recordings/recordings-panel.tsx';
import { RecordingBadge, StateBadge } from '../streams/badges.tsx';
import type { StreamsState, StreamsStore } from '../streams/streams-store.ts';
import { t } from '../strings/index.ts';
import { OtherStreams } from './other-streams.tsx';
import { RemoveCamera } from './remove-camera.tsx';
import { StreamControl } from './stream-control.tsx';
import { StreamFacts } from './stream-facts.tsx';
import { StreamPicture } from './stream-picture.tsx';
import { StreamProblems } from './stream-problems.tsx';

/** One camera: its picture, what is known of it, its recordings and what can be done. */
export function StreamPage(props: { id: string; state: StreamsState; store: StreamsStore; api: ApiClient }) {
  const { id, store, api } = props;
  const { streams, details } = props.state;
  const heading = usePageTitle(id);
  const stream = streams?.find((candidate) => candidate.id === id);
  const detail = details.get(id);
  const [chosen, setChosen] = useState<{ filename: string; span: Span } | null>(null);
  const play = (recording: Recording) =>
    setChosen({ filename: recording.filename, span: spanOf(recording, Date.now()) });
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
        <StreamPicture
          id={id}
          stream={stream}
          detail={detail}
          api={api}
          recorded={chosen?.span ?? null}
          onBack={() => {
            setChosen(null);
            heading.current?.focus();
          }}
        />
      )}
      {stream && (
        <div className="stream-side">
          <StreamControl stream={stream} api={api} onChanged={() => store.refresh()} />
          <RecordingsPanel id={id} api={api} current={chosen?.filename ?? null} onPlay={play} />
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

/** What a recording covers, UTC milliseconds; one that grows up to now. */
function spanOf({ created_at, duration, closed }: Recording, now: number): Span {
  const start = Date.parse(created_at);
  const end = start + Math.max(1000, Math.round(duration * 1000));
  return { start, end: closed ? end : Math.max(end, now) };
}
