import { z } from 'zod';

const FOLDER = '/backups/';

/** A name in the folder of the backups; `/backups/` before it is the folder itself. */
const BackupName = z
  .string()
  .max(160)
  .transform((text) => (text.startsWith(FOLDER) ? text.slice(FOLDER.length) : text))
  .refine(
    (name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.tar\.gz$/.test(name),
    'must be one file name of letters, digits, . _ - and end in .tar.gz',
  );

/** Where S2 shows a backup; never a path of the host. */
export const backupPath = (name: string): string => `${FOLDER}${name}`;

export const CreateBackup = z
  .strictObject({
    include_recordings: z.literal(false, 'footage is not part of a backup in this version').default(false),
    destination: BackupName.optional().describe('A name that is not taken; one with the time unless given.'),
  })
  .nullish()
  .meta({
    id: 'CreateBackup',
    examples: [{ include_recordings: false, destination: '/backups/stream-manager-backup.tar.gz' }],
  });

export const RestoreBackup = z
  .strictObject({
    backup_file: BackupName,
    restore_config: z.boolean().default(true),
    restore_state: z.boolean().default(true).describe('Streams, people and tokens; every sign-in ends.'),
  })
  .meta({
    id: 'RestoreBackup',
    examples: [
      {
        backup_file: '/backups/stream-manager-backup-20240115.tar.gz',
        restore_config: true,
        restore_state: true,
      },
    ],
  });

export const BackupAccepted = z
  .object({ job_id: z.string(), status: z.enum(['running', 'completed', 'failed']) })
  .meta({ id: 'BackupAccepted', examples: [{ job_id: 'backup-123', status: 'running' }] });

export const BackupJobParams = z.strictObject({ job_id: z.string().max(64) });

export const BackupJob = z
  .object({
    job_id: z.string(),
    status: z.enum(['running', 'completed', 'failed']),
    progress: z.int().describe('Percent.'),
    file: z.string(),
    size: z.int().nullable().describe('Bytes; null until the job is done.'),
    error: z.string().nullable(),
  })
  .meta({
    id: 'BackupJob',
    examples: [
      {
        job_id: 'backup-123',
        status: 'completed',
        progress: 100,
        file: '/backups/stream-manager-backup-20240115.tar.gz',
        size: 10_485_760,
        error: null,
      },
    ],
  });
