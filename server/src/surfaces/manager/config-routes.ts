import { isAbsolute, relative } from 'node:path';
import { ConfigReloaded, ConfigUpdated, ManagerConfig, UpdateConfig } from '@nightjar/contract/manager';
import type { App, Config } from '../../kernel/index.ts';
import { errorAnswers } from './errors.ts';
import type { ManagerRooms } from './rooms.ts';

const read = { access: { scope: 'config:read' } } as const;
const write = { access: { scope: 'config:write' } } as const;
const tags = ['config'];

/** A folder inside the data directory is shown as it is written: without where that directory lies. */
function shownPath(path: string, dataDir: string): string {
  const inside = relative(dataDir, path);
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

function shown(config: Config, dataDir: string): ManagerConfig {
  const { recording, backup, ...rest } = config;
  return {
    ...rest,
    recording: { ...recording, base_path: shownPath(recording.base_path, dataDir) },
    backup: { path: shownPath(backup.path, dataDir) },
    inference: { enabled: false, device: null, models_path: null },
  };
}

/** S2's configuration: what is in force, its file, and the way from one to the other. */
export function configRoutes(app: App, { settings, dataDir }: ManagerRooms): void {
  app.get('/api/config', {
    config: read,
    schema: {
      tags,
      summary: 'Get current configuration',
      response: { 200: ManagerConfig, ...errorAnswers },
    },
    handler: () => shown(settings.config, dataDir),
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
      const { file, pending } = await settings.update(request.body);
      const { reload, restart } = pending;
      return { config: shown(file, dataDir), reload_required: reload, restart_required: restart };
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
      return { applied: reload, restart_required: restart };
    },
  });
}
