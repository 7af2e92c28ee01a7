import { Eye } from 'lucide-react';
import { useState } from 'react';
import type { PlatformRecording } from '../../api/types.ts';
import { t } from '../../strings/index.ts';
import { ChangeActs } from '../change-acts.tsx';
import { OriginalDialog } from './original-dialog.tsx';

/** What can be done with a recorded original. */
export function OriginalActs({ recording }: { recording: PlatformRecording }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)} data-part="open-original">
        <Eye className="icon" aria-hidden="true" />
        {t.originals.open}
      </button>
      <ChangeActs recording={recording} removeTitle={t.originals.removeTitle} />
      {open && <OriginalDialog recording={recording} onClose={() => setOpen(false)} />}
    </>
  );
}
