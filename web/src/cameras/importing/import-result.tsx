import { Link } from '@tanstack/react-router';
import type { ImportDone, ImportPlan } from '../../api/types.ts';
import { t } from '../../strings/index.ts';

/** What was added, and what was refused and why. */
export function ImportResult(props: { done: ImportDone; plan: ImportPlan; onAgain: () => void }) {
  const { done, plan } = props;
  const words = t.addCamera.importing;
  const nameOf = (key: string) => plan.entries.find((entry) => entry.key === key)?.name ?? key;
  return (
    <section className="card grid gap-3" data-part="import-done" role="status">
      <h2>{words.done(done.created.length)}</h2>
      <ul className="flex flex-wrap gap-2">
        {done.created.map(({ key, camera_id }) => (
          <li key={key}>
            <Link to="/cameras/$id" params={{ id: camera_id }} className="button">
              {nameOf(key)}
            </Link>
          </li>
        ))}
      </ul>
      <ul>
        {done.refused.map(({ key, message }) => (
          <li key={key} className="text-bad">
            {nameOf(key)}: {message}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Link to="/" className="button primary">
          {t.app.toLive}
        </Link>
        <button type="button" className="button" onClick={props.onAgain}>
          {words.again}
        </button>
      </div>
    </section>
  );
}
