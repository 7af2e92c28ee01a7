import { useState } from 'react';
import type { ImportEntry, ImportFinding, ImportPlan } from '../../api/types.ts';
import { t } from '../../strings/index.ts';

const TONES = { info: 'text-faint', warning: 'text-busy', error: 'text-bad' } as const;

/** What would become of each entry; those that are wanted are ticked. */
export function ImportReview(props: {
  plan: ImportPlan;
  busy: boolean;
  onApply: (keys: readonly string[]) => void;
}) {
  const { plan } = props;
  const words = t.addCamera.importing;
  const possible = plan.entries.filter(({ action }) => action === 'create').map(({ key }) => key);
  const [wanted, setWanted] = useState<readonly string[]>(possible);
  const { create, skip } = plan.totals;
  return (
    <section className="card grid gap-3" data-part="import-plan">
      <h2>{words.format(plan.format, create, skip)}</h2>
      <Found findings={plan.findings} />
      <ul className="grid max-h-[50dvh] gap-1 overflow-y-auto">
        {plan.entries.map((entry) => (
          <Entry
            key={entry.key}
            entry={entry}
            wanted={wanted.includes(entry.key)}
            onWant={(on) =>
              setWanted(on ? [...wanted, entry.key] : wanted.filter((key) => key !== entry.key))
            }
          />
        ))}
      </ul>
      <button
        type="button"
        className="button primary justify-self-end"
        disabled={props.busy || wanted.length === 0}
        onClick={() => props.onApply(wanted)}
        data-part="apply-import"
      >
        {props.busy ? t.addCamera.busy : words.apply(wanted.length)}
      </button>
    </section>
  );
}

function Entry(props: { entry: ImportEntry; wanted: boolean; onWant: (on: boolean) => void }) {
  const { entry } = props;
  const words = t.addCamera.importing;
  return (
    <li className="flex gap-2.5 border-line py-1.5 not-first:border-t" data-entry={entry.action}>
      <input
        type="checkbox"
        className="mt-1"
        aria-label={words.take(entry.name)}
        checked={props.wanted}
        disabled={entry.action === 'skip'}
        onChange={(event) => props.onWant(event.target.checked)}
      />
      <span className="min-w-0 flex-1">
        <strong>{entry.name}</strong>{' '}
        <span className="text-faint">
          {[entry.id, entry.location, entry.line === null ? null : words.line(entry.line)]
            .filter((one) => one !== null)
            .join(' · ')}
        </span>
        <code className="block text-xs break-all">{entry.source_url ?? words.pushed}</code>
        <Found findings={entry.findings} />
      </span>
    </li>
  );
}

/** What is to be said of an entry, or of the whole. */
function Found({ findings }: { findings: readonly ImportFinding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul>
      {findings.map(({ level, message }) => (
        <li key={message} className={TONES[level]}>
          {message}
        </li>
      ))}
    </ul>
  );
}
