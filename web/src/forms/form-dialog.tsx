import type { FormEvent, ReactNode } from 'react';
import { Dialog, DialogFoot } from '../controls/dialog.tsx';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { t } from '../strings/index.ts';

/** A form in a window of its own: it closes when what was typed is kept, and says why when it is not. */
export function FormDialog(props: {
  title: string;
  onClose: () => void;
  /** Whether what is typed can be sent. */
  ready: boolean;
  /** What stands on the button; "Save" unless told. */
  submit?: string;
  wide?: boolean;
  save: () => Promise<unknown>;
  children: ReactNode;
}) {
  const { busy, problem, run } = useAction();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    run(async () => {
      await props.save();
      props.onClose();
    });
  };
  return (
    <Dialog title={props.title} onClose={props.onClose} locked={busy} wide={props.wide ?? false}>
      <form className="grid gap-4" onSubmit={onSubmit} autoComplete="off">
        {props.children}
        <Problem text={problem} />
        <DialogFoot>
          <button type="button" className="button" onClick={props.onClose} disabled={busy}>
            {t.app.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy || !props.ready}>
            {props.submit ?? t.app.save}
          </button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
