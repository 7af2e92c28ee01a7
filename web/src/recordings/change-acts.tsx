import { useQueryClient } from '@tanstack/react-query';
import { Lock, LockOpen } from 'lucide-react';
import { streamPath } from '../api/client.ts';
import type { PlatformRecording } from '../api/types.ts';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { RemoveButton } from '../controls/buttons/remove-button.tsx';
import { Problem } from '../controls/problem.tsx';
import { useAction } from '../controls/use-action.ts';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** A recording is kept from deletion, given free and deleted by who may; nothing for others. */
export function ChangeActs({
  recording,
  removeTitle,
}: {
  recording: PlatformRecording;
  removeTitle: string;
}) {
  const { id, stream_id, filename, status } = recording;
  const { api, can } = useSession();
  const client = useQueryClient();
  const action = useAction();
  if (!can('recordings:write', stream_id)) return null;
  const refresh = () => client.invalidateQueries({ queryKey: ['recordings'] });
  const keep = async () => {
    const place = `${streamPath(stream_id)}/recordings/${encodeURIComponent(filename)}`;
    await api.patch(place, { protected: !recording.protected });
    await refresh();
  };
  return (
    <>
      <IconButton
        icon={recording.protected ? Lock : LockOpen}
        label={recording.protected ? t.recordings.release : t.recordings.keep}
        disabled={action.busy}
        onClick={() => action.run(keep)}
      />
      {status === 'completed' && (
        <RemoveButton
          title={removeTitle}
          text={t.recordings.removeText}
          act={async () => {
            await api.delete(`/api/v1/recordings/${encodeURIComponent(id)}`);
            await refresh();
          }}
        />
      )}
      <Problem text={action.problem} />
    </>
  );
}
