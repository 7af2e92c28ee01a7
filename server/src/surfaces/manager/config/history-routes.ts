import {
  ConfigDifference,
  ConfigHistoryQuery,
  ConfigUpdated,
  ConfigVersionParams,
  ConfigVersions,
  type ManagerConfig,
} from '@nightjar/contract/manager';
import type { App, Principal } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { ManagerRooms } from '../rooms.ts';
import { shownConfig } from './present.ts';

const read = { access: { scope: 'config:read' } } as const;
const write = { access: { scope: 'config:write' } } as const;
const tags = ['config'];

type Value = ManagerConfig['network']['allow'] | string | number | boolean | null;

/** Who changed something, fit for a list. */
export const authorOf = (principal: Principal | undefined): string =>
  principal ? `${principal.kind}:${principal.id}` : 'unknown';

function changesOf(before: ManagerConfig, after: ManagerConfig) {
  const sections = before as unknown as Record<string, Record<string, Value>>;
  const others = after as unknown as Record<string, Record<string, Value>>;
  return Object.entries(sections).flatMap(([section, values]) =>
    Object.entries(values).flatMap(([name, value]) => {
      const other = others[section]?.[name] ?? null;
      if (JSON.stringify(value) === JSON.stringify(other)) return [];
      return [{ key: `${section}.${name}`, before: value, after: other }];
    }),
  );
}

/** What the configuration file said before, and the way back. */
export function configHistoryRoutes(app: App, { settings, dataDir, configHistory }: ManagerRooms): void {
  app.get('/api/config/history', {
    config: read,
    schema: {
      tags,
      summary: 'List what the configuration file said',
      querystring: ConfigHistoryQuery,
      response: { 200: ConfigVersions, ...errorAnswers },
    },
    handler: async (request) => {
      const { limit, offset } = request.query;
      const all = await configHistory.list();
      const versions = all
        .slice(offset, offset + limit)
        .map(({ id, at, author }) => ({ id, created_at: at, author }));
      return { versions, total: all.length, limit, offset };
    },
  });

  app.get('/api/config/history/:version', {
    config: read,
    schema: {
      tags,
      summary: 'Compare a version of the configuration file with what it says now',
      params: ConfigVersionParams,
      response: { 200: ConfigDifference, ...errorAnswers },
    },
    handler: async (request) => {
      const { id, at, author, content } = await configHistory.get(request.params.version);
      const before = shownConfig(settings.parse(content), dataDir);
      const after = shownConfig(settings.parse((await settings.text()) ?? ''), dataDir);
      return { id, created_at: at, author, changes: changesOf(before, after) };
    },
  });

  app.post('/api/config/history/:version/rollback', {
    config: write,
    schema: {
      tags,
      summary: 'Make the configuration file what it was; it counts after a reload',
      params: ConfigVersionParams,
      response: { 200: ConfigUpdated, ...errorAnswers },
    },
    handler: async (request) => {
      await configHistory.rollBack(request.params.version, authorOf(request.principal));
      const { file, pending } = await settings.update({});
      const { reload, restart } = pending;
      return { config: shownConfig(file, dataDir), reload_required: reload, restart_required: restart };
    },
  });
}
