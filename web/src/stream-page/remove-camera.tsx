import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Dialog, DialogFoot } from '../controls/dialog.tsx';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { useApi } from '../session/session.ts';
import { formatDuration } from '../strings/format.ts';
import { t } from '../strings/index.ts';

/** The way out of the list, with a question before. */
export function RemoveCamera(props: {
  id: string;
  /** Seconds of recordings that go with it. */
  footage: number;
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

function RemoveDialog(props: { id: string; footage: number; onClose: () => void }) {
  const { busy, problem, run } = useAction();
  const api = useApi();
  const navigate = useNavigate();
  const client = useQueryClient();
  const remove = () =>
    run(async () => {
      await api.removeStream(props.id);
      await navigate({ to: '/' });
      await client.invalidateQueries({ queryKey: ['streams'] });
    });
  return (
    <Dialog title={t.stream.removeTitle(props.id)} onClose={props.onClose} locked={busy}>
      <p>{t.stream.removeText}</p>
      {props.footage > 0 && <p>{t.stream.removeFootage(formatDuration(props.footage))}</p>}
      <Problem text={problem} />
      <DialogFoot>
        <button type="button" className="button" onClick={props.onClose} disabled={busy}>
          {t.app.cancel}
        </button>
        <button type="button" className="button danger filled" onClick={remove} disabled={busy}>
          {busy ? t.stream.removeBusy : t.stream.removeConfirm}
        </button>
      </DialogFoot>
    </Dialog>
  );
}
