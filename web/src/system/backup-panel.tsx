import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { BackupAccepted, BackupJob } from '../api/types.ts';
import { SureButton } from '../controls/buttons/sure-button.tsx';
import { Field } from '../controls/field.tsx';
import { Problem } from '../controls/problem.tsx';
import { useSession } from '../session/session.ts';
import { formatBytes } from '../strings/format.ts';
import { t } from '../strings/index.ts';

const EVERY_MS = 1_000;

/** Configuration and state as one file, and the way back to one. */
export function BackupPanel() {
  const { api, can } = useSession();
  const [job, setJob] = useState<string | null>(null);
  const [file, setFile] = useState('');
  const status = useQuery({
    queryKey: ['backup', job],
    queryFn: ({ signal }) => api.get<BackupJob>(`/api/backup/${job}`, { signal }),
    enabled: job !== null,
    refetchInterval: ({ state }) => (state.data?.status === 'running' || !state.data ? EVERY_MS : false),
  });
  const create = useMutation({
    mutationFn: () => api.post<BackupAccepted>('/api/backup', {}),
    onSuccess: ({ job_id }) => setJob(job_id),
  });
  const restore = async () => {
    const { job_id } = await api.post<BackupAccepted>('/api/restore', { backup_file: file.trim() });
    setJob(job_id);
  };
  return (
    <div className="grid max-w-3xl gap-3">
      <section className="card grid gap-3">
        <h2>{t.backup.create}</h2>
        <p className="text-faint">{t.backup.createText}</p>
        {can('backup:write') && (
          <button
            type="button"
            className="button primary justify-self-start"
            disabled={create.isPending}
            onClick={() => create.mutate()}
          >
            {t.backup.create}
          </button>
        )}
        <Problem text={create.error && problemText(create.error)} />
        {status.data && <JobState job={status.data} />}
      </section>
      {can('backup:write') && (
        <section className="card grid gap-3">
          <h2>{t.backup.restore}</h2>
          <p className="text-faint">{t.backup.restoreText}</p>
          <form className="grid max-w-md gap-3" onSubmit={(event: FormEvent) => event.preventDefault()}>
            <Field label={t.backup.file} hint={t.backup.fileHint}>
              {(field) => <input {...field} value={file} onChange={(event) => setFile(event.target.value)} />}
            </Field>
          </form>
          {file.trim() !== '' && (
            <SureButton
              className="button danger justify-self-start"
              label={t.backup.restore}
              title={t.backup.restoreTitle}
              text={t.backup.restoreSure}
              confirm={t.backup.restore}
              act={restore}
            >
              {t.backup.restore}
            </SureButton>
          )}
        </section>
      )}
    </div>
  );
}

function JobState({ job }: { job: BackupJob }) {
  return (
    <div className="grid gap-1" role="status">
      <progress className="w-full" max={100} value={job.progress} aria-label={t.backup.states[job.status]} />
      <p>
        {t.backup.states[job.status]} · <code>{job.file}</code>
        {job.size !== null && ` · ${formatBytes(job.size)}`}
      </p>
      <Problem text={job.error} />
    </div>
  );
}
