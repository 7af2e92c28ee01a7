import { Link } from '@tanstack/react-router';
import type { StreamSummary } from '../api/types.ts';
import { toneOf } from '../streams/stream-state.ts';
import { t } from '../strings/index.ts';

/** The way to every other camera. */
export function OtherStreams({ id, streams }: { id: string; streams: readonly StreamSummary[] }) {
  const others = streams.filter((stream) => stream.id !== id);
  if (others.length === 0) return null;
  return (
    <nav aria-label={t.stream.others}>
      <h2>{t.stream.others}</h2>
      <ul>
        {others.map((stream) => (
          <li key={stream.id}>
            <Link
              to="/cameras/$id"
              params={{ id: stream.id }}
              className="button"
              data-stream={stream.id}
              data-tone={toneOf(stream.state)}
            >
              <span className="badge-dot" />
              <span className="name">{stream.id}</span>
              <span className="text-faint">{t.state[stream.state]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
