import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ConfigReloaded, ConfigUpdated, ManagerConfig } from '../api/types.ts';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { useSchema } from '../queries/schema.ts';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** A table of groups and roles is edited in the file. */
const WITHOUT = ['oidc.roles'];

/** The configuration file as a form; what was written counts after a reload, some of it after a restart. */
export function ConfigPanel() {
  const { api, can } = useSession();
  const client = useQueryClient();
  const schema = useSchema('Config');
  const [written, setWritten] = useState<ConfigUpdated | null>(null);
  const [reloaded, setReloaded] = useState<ConfigReloaded | null>(null);
  const action = useAction();
  const config = useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => api.get<ManagerConfig>('/api/config', { signal }),
  });
  const save = async (patch: Record<string, unknown>) => {
    setReloaded(null);
    setWritten(await api.put<ConfigUpdated>('/api/config', patch));
    await client.invalidateQueries({ queryKey: ['config-history'] });
  };
  const reload = () =>
    action.run(async () => {
      setReloaded(await api.post<ConfigReloaded>('/api/config/reload'));
      setWritten(null);
      await client.invalidateQueries({ queryKey: ['config'] });
    });
  const restart = written?.restart_required ?? reloaded?.restart_required ?? [];
  return (
    <div className="grid max-w-3xl gap-3">
      {written && written.reload_required.length > 0 && (
        <div className="notice flex flex-wrap items-center gap-3" role="status">
          <span className="flex-1">{t.system.reloadNeeded(written.reload_required.join(', '))}</span>
          <button type="button" className="button" disabled={action.busy} onClick={reload}>
            {t.system.reload}
          </button>
        </div>
      )}
      {reloaded && (
        <p className="notice" role="status">
          {t.system.reloaded(reloaded.applied.length)}
        </p>
      )}
      {restart.length > 0 && <p className="notice">{t.system.restartNeeded(restart.join(', '))}</p>}
      <Problem text={action.problem} />
      <QueryState query={config} empty={null}>
        {schema && config.data && (
          <fieldset className="card" disabled={!can('config:write')}>
            <SchemaForm
              schema={schema}
              value={written?.config ?? config.data}
              without={WITHOUT}
              save={save}
            />
          </fieldset>
        )}
      </QueryState>
    </div>
  );
}
