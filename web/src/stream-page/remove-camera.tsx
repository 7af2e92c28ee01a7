import { useState } from 'react';
import type { ApiClient } from '../api/client.ts';
import { WALL } from '../app/route.ts';
import { Dialog } from '../controls/dialog.tsx';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { formatDuration } from '../strings/format.ts';
import { t } from '../strings/index.ts';

/** The way out of the list, with a question before. */
export function RemoveCamera(props: {
  id: string;
  /** Seconds of recordings that go with it. */
  footage: number;
  api: ApiClient;
  onRemoved: () => void;
}) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" className="button danger quiet" onClick={() => setAsking(true)}>
        {t.stream.remove}
      </button>
      {asking && <RemoveDialog {...props} onClose={() => setAsking(false)} />}
    </>
  );
}

function RemoveDialog(props: {
  id: string;
  footage: number;
  api: ApiClient;
  onClose: () => void;
  onRemoved: () => void;
}) {
  const { busy, problem, run } = useAction();
  const remove = () =>
    run(async () => {
      await props.api.removeStream(props.id);
      props.onRemoved();
      location.hash = WALL;
    });
  return (
    <Dialog title={t.stream.removeTitle(props.id)} onClose={props.onClose} locked={busy}>
      <p>{t.stream.removeText}</p>
      {props.footage > 0 && <p>{t.stream.removeFootage(formatDuration(props.footage))}</p>}
      <Problem text={problem} />
      <div className="dialog-foot">
        <button type="button" className="button" onClick={props.onClose} disabled={busy}>
          {t.app.cancel}
        </button>
        <button type="button" className="button danger filled" onClick={remove} disabled={busy}>
          {busy ? t.stream.removeBusy : t.stream.removeConfirm}
        </button>
      </div>
    </Dialog>
  );
}
