import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError } from '../api/api-error.ts';
import type { Recording } from '../api/types.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import { Icon } from '../controls/icons.tsx';
import { type Span, spanOfFile } from '../player/recorded/recorded-playback.ts';
import { useStream, useStreams } from '../queries/streams.ts';
import { useSession } from '../session/session.ts';
import { RecordingBadge, StateBadge } from '../streams/badges.tsx';
import { t } from '../strings/index.ts';
import { OtherStreams } from './other-streams.tsx';
import { StreamPicture } from './stream-picture.tsx';
import { StreamSide } from './stream-side.tsx';
import { StreamTimeline } from './stream-timeline.tsx';

/** So much is played from a moment that was chosen on the timeline. */
const REWIND_MS = 30 * 60_000;

/** The camera that the address names. */
export function StreamPage() {
  const { id } = useParams({ from: '/cameras/$id' });
  return <OneStream key={id} id={id} />;
}

/** One camera: its picture, what is known of it, its recordings and what can be done. */
function OneStream({ id }: { id: string }) {
  const { can } = useSession();
  const heading = usePageTitle(id);
  const { data: streams } = useStreams();
  const { data: detail, error } = useStream(id);
  const stream = streams?.find((candidate) => candidate.id === id);
  const [chosen, setChosen] = useState<{ filename: string | null; span: Span } | null>(null);
  const gone = error instanceof ApiError && error.status === 404;
  const [moment, setMoment] = useState(0);
  const choose = (filename: string | null, span: Span) => {
    setMoment(span.start);
    setChosen({ filename, span });
  };
  const play = ({ filename, created_at, duration, closed }: Recording) =>
    choose(filename, spanOfFile({ began: created_at, duration, grows: !closed }, Date.now()));
  const rewind = (at: number) => choose(null, { start: at, end: Math.min(at + REWIND_MS, Date.now()) });
  return (
    <div className="stream-page">
      <div className="stream-head">
        <Link to="/" className="button quiet" aria-label={t.stream.back}>
          <Icon name="back" />
          <span className="label">{t.stream.back}</span>
        </Link>
        <h1 ref={heading} tabIndex={-1}>
          {id}
        </h1>
        {stream && <StateBadge state={stream.state} />}
        {stream && <RecordingBadge recording={stream.recording} />}
      </div>
      {gone ? (
        <section className="card">
          <h2>{t.stream.goneTitle}</h2>
          <p>{t.stream.gone(id)}</p>
        </section>
      ) : (
        <StreamPicture
          id={id}
          stream={stream}
          detail={detail}
          recorded={chosen?.span ?? null}
          onMoment={setMoment}
          onBack={() => {
            setChosen(null);
            heading.current?.focus();
          }}
        />
      )}
      {stream && !gone && (
        <StreamSide stream={stream} detail={detail} current={chosen?.filename ?? null} onPlay={play} />
      )}
      <div className="others grid content-start gap-3">
        {!gone && can('recordings:read', id) && (
          <StreamTimeline id={id} at={chosen ? moment : null} onSeek={rewind} />
        )}
        <OtherStreams id={id} streams={streams ?? []} />
      </div>
    </div>
  );
}
