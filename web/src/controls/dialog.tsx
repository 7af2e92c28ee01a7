import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef } from 'react';
import { t } from '../strings/index.ts';
import { Icon } from './icons.tsx';

/** A modal window; the browser keeps the focus inside and gives it back. Mounted means open. */
export function Dialog(props: { title: string; onClose: () => void; locked?: boolean; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const onCancel = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!props.locked) props.onClose();
  };
  return (
    <dialog ref={ref} className="dialog" aria-labelledby={titleId} onCancel={onCancel}>
      <header className="dialog-head">
        <h2 id={titleId}>{props.title}</h2>
        <button
          type="button"
          className="button quiet icon-only"
          onClick={props.onClose}
          disabled={props.locked}
          aria-label={t.app.close}
        >
          <Icon name="close" />
        </button>
      </header>
      {props.children}
    </dialog>
  );
}
