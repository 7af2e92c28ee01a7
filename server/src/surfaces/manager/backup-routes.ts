import {
  BackupAccepted,
  BackupJob,
  BackupJobParams,
  backupPath,
  CreateBackup,
  RestoreBackup,
} from '@nightjar/contract/manager';
import type { App } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import type { ManagerRooms } from './rooms.ts';

const write = { access: { scope: 'backup:write' } } as const;
const tags = ['backup'];

/** S2's backup and restore, as jobs. */
export function backupRoutes(app: App, { backups }: ManagerRooms): void {
  app.post('/api/backup', {
    config: write,
    schema: {
      tags,
      summary: 'Create a backup of configuration and state',
      body: CreateBackup,
      response: { 202: BackupAccepted, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { id, status } = await backups.create(request.body?.destination);
      return reply.code(202).header('location', `/api/backup/${id}`).send({ job_id: id, status });
    },
  });

  app.get('/api/backup/:job_id', {
    config: { access: { scope: 'backup:read' } },
    schema: {
      tags,
      summary: 'Get status of a backup or restore job',
      params: BackupJobParams,
      response: { 200: BackupJob, ...errorAnswers },
    },
    handler: (request) => {
      const { id, status, progress, file, size, error } = backups.job(request.params.job_id);
      return { job_id: id, status, progress, file: backupPath(file), size, error };
    },
  });

  app.post('/api/restore', {
    config: write,
    schema: {
      tags,
      summary: 'Restore from a backup, all of it or nothing',
      body: RestoreBackup,
      response: { 202: BackupAccepted, ...errorAnswers },
    },
    handler: async (request, reply) => {
      const { backup_file, restore_config, restore_state } = request.body;
      const { id, status } = await backups.restore(backup_file, {
        config: restore_config,
        state: restore_state,
      });
      return reply.code(202).header('location', `/api/backup/${id}`).send({ job_id: id, status });
    },
  });
}
