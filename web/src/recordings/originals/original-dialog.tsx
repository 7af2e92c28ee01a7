import { useState } from 'react';
import type { PlatformRecording } from '../../api/types.ts';
import { Dialog, DialogFoot } from '../../controls/dialog.tsx';
import { type Span, spanOfFile } from '../../player/recorded/recorded-playback.ts';
import { RecordedView } from '../../player/recorded/recorded-view.tsx';
import { useApi } from '../../session/session.ts';
import { formatDuration, formatTime } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';

/**
 * One recorded original. Nothing of it is asked for before somebody said that they want it: the first question is
 * what stands in the audit log.
 */
export function OriginalDialog(props: { recording: PlatformRecording; onClose: () => void }) {
  const { recording, onClose } = props;
  const { stream_id, camera_name, started_at, duration, ended_at } = recording;
  const api = useApi();
  const [span, setSpan] = useState<Span | null>(null);
  const open = () =>
    setSpan(spanOfFile({ began: started_at, duration, grows: ended_at === null }, Date.now()));
  return (
    <Dialog title={t.originals.title(camera_name)} onClose={onClose} wide={span !== null}>
      {span === null ? (
        <div className="text-left whitespace-normal" data-part="original-question">
          <p className="notice">
            {t.originals.ask(formatTime(started_at, new Date()), formatDuration(duration))}
          </p>
          <DialogFoot>
            <button type="button" className="button" onClick={onClose}>
              {t.app.cancel}
            </button>
            <button type="button" className="button primary" onClick={open}>
              {t.originals.confirm}
            </button>
          </DialogFoot>
        </div>
      ) : (
        <div className="grid gap-3 text-left whitespace-normal" data-part="original">
          <RecordedView streamId={stream_id} span={span} api={api} fps={null} original />
          <p className="text-faint">{t.originals.written}</p>
        </div>
      )}
    </Dialog>
  );
}
