import { ConfigReloaded, ConfigUpdated, ManagerConfig, UpdateConfig } from '@nightjar/contract/manager';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';
import { authorOf } from './history-routes.ts';
import { shownConfig } from './present.ts';

const read = { access: { scope: 'config:read' } } as const;
const write = { access: { scope: 'config:write' } } as const;
const tags = ['config'];

/** S2's configuration: what is in force, its file, and the way from one to the other. */
export function configRoutes(app: App, { settings, dataDir, configHistory }: ManagerRooms): void {
  app.get('/api/config', {
    config: read,
    schema: {
      tags,
      summary: 'Get current configuration',
      response: { 200: ManagerConfig, ...errorAnswers },
    },
    handler: () => shownConfig(settings.config, dataDir),
  });

  app.put('/api/config', {
    config: write,
    schema: {
      tags,
      summary: 'Update the configuration file; it counts after a reload',
      body: UpdateConfig,
      response: { 200: ConfigUpdated, ...errorAnswers },
    },
    handler: async (request) => {
      await configHistory.note('file');
      const { file, pending } = await settings.update(request.body);
      await configHistory.note(authorOf(request.principal));
      const { reload, restart } = pending;
      return { config: shownConfig(file, dataDir), reload_required: reload, restart_required: restart };
    },
  });

  app.post('/api/config/reload', {
    config: write,
    schema: {
      tags,
      summary: 'Reload configuration from file',
      response: { 200: ConfigReloaded, ...errorAnswers },
    },
    handler: async () => {
      const { reload, restart } = await settings.reload();
      await configHistory.note('file');
      return { applied: reload, restart_required: restart };
    },
  });
}
