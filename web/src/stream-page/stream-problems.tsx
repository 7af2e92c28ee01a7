import type { StreamDetail } from '../api/types.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';

type StreamError = StreamDetail['errors'][number];

/** Problems in a row that say the same, as one; newest first. */
export interface ProblemGroup {
  newest: StreamError;
  count: number;
}

/** Joins neighbours with the same code and message. */
export function groupProblems(errors: readonly StreamError[]): readonly ProblemGroup[] {
  const groups: ProblemGroup[] = [];
  for (const error of errors) {
    const last = groups.at(-1);
    if (last && last.newest.code === error.code && last.newest.message === error.message) last.count += 1;
    else groups.push({ newest: error, count: 1 });
  }
  return groups;
}

const SHOWN = 5;

/** What went wrong lately, in words and in the engine's own. */
export function StreamProblems({ errors }: { errors: readonly StreamError[] }) {
  if (errors.length === 0) return null;
  const now = new Date();
  return (
    <section className="card">
      <h2>{t.stream.problems}</h2>
      <ul className="problems">
        {groupProblems(errors)
          .slice(0, SHOWN)
          .map(({ newest, count }) => (
            <li key={newest.timestamp}>
              <p>{t.fault[newest.code]}</p>
              <p className="faint">
                <time dateTime={newest.timestamp}>{formatTime(newest.timestamp, now)}</time>
                {count > 1 && ` · ${t.stream.times(count)}`} · {newest.message}
              </p>
            </li>
          ))}
      </ul>
    </section>
  );
}
