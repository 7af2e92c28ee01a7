import type { ReactNode } from 'react';
import { problemText } from '../api/problem.ts';
import { t } from '../strings/index.ts';

/** What stands in the place of an answer that is not there yet, or did not come. */
export function QueryState(props: {
  query: { isPending: boolean; error: Error | null; refetch: () => unknown };
  /** null: there is something to show. */
  empty: string | null;
  children: ReactNode;
}) {
  const { query, empty } = props;
  if (query.isPending) {
    return (
      <div className="grid gap-2" aria-busy="true">
        {[1, 2, 3, 4].map((one) => (
          <div key={one} className="skeleton h-9" />
        ))}
      </div>
    );
  }
  if (query.error) {
    return (
      <div className="card grid justify-items-start gap-3" role="alert">
        <p>
          {t.problem.load} {problemText(query.error)}
        </p>
        <button type="button" className="button" onClick={() => void query.refetch()}>
          {t.app.tryAgain}
        </button>
      </div>
    );
  }
  if (empty !== null) return <p className="card text-faint">{empty}</p>;
  return props.children;
}
