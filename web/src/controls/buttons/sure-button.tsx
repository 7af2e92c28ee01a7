import { type ReactNode, useState } from 'react';
import { problemText } from '../../api/problem.ts';
import { t } from '../../strings/index.ts';
import { Dialog, DialogFoot } from '../dialog.tsx';
import { Problem } from '../problem.tsx';

/** A button whose effect cannot be undone: it asks first. */
export function SureButton(props: {
  /** What stands on the button. */
  children: ReactNode;
  label: string;
  title: string;
  text: string;
  confirm: string;
  act: () => Promise<unknown>;
  className?: string;
}) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const act = () => {
    setBusy(true);
    setProblem(null);
    props
      .act()
      .then(() => setAsking(false))
      .catch((error: unknown) => setProblem(problemText(error)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      <button
        type="button"
        className={props.className ?? 'button quiet icon-only danger'}
        aria-label={props.label}
        title={props.label}
        onClick={() => setAsking(true)}
      >
        {props.children}
      </button>
      {asking && (
        <Dialog title={props.title} onClose={() => setAsking(false)} locked={busy}>
          <p>{props.text}</p>
          <Problem text={problem} />
          <DialogFoot>
            <button type="button" className="button" disabled={busy} onClick={() => setAsking(false)}>
              {t.app.cancel}
            </button>
            <button type="button" className="button danger filled" disabled={busy} onClick={act}>
              {props.confirm}
            </button>
          </DialogFoot>
        </Dialog>
      )}
    </>
  );
}
