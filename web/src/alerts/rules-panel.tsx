import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import type { AlertRule, ListOf } from '../api/types.ts';
import { AddButton } from '../controls/buttons/add-button.tsx';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { RemoveButton } from '../controls/buttons/remove-button.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { RuleDialog } from './rule-dialog.tsx';

/** What is watched. */
export function RulesPanel() {
  const api = useApi();
  const client = useQueryClient();
  const [editing, setEditing] = useState<AlertRule | 'new' | null>(null);
  const list = useQuery({
    queryKey: ['alert-rules'],
    queryFn: ({ signal }) =>
      api.get<ListOf<AlertRule>>('/api/v1/alert-rules', { query: { limit: 500 }, signal }),
  });
  return (
    <div className="grid gap-3">
      <AddButton label={t.alerts.addRule} onClick={() => setEditing('new')} part="new-rule" />
      <QueryState query={list} empty={list.data?.items.length === 0 ? t.alerts.noRules : null}>
        <ul className="card grid p-0">
          {list.data?.items.map((rule) => (
            <li key={rule.id} className="flex items-center gap-2 border-line px-3 py-1.5 not-first:border-t">
              <span className="flex-1">
                <strong>{rule.name}</strong> <span className="text-faint">{t.alerts.kinds[rule.kind]}</span>
                {!rule.enabled && <span className="pill ml-2">{t.people.disabled}</span>}
              </span>
              <IconButton icon={Pencil} label={t.app.edit} onClick={() => setEditing(rule)} />
              <RemoveButton
                title={t.captures.removeTitle(rule.name)}
                text={t.alerts.removeRule}
                act={async () => {
                  await api.delete(`/api/v1/alert-rules/${rule.id}`);
                  await client.invalidateQueries({ queryKey: ['alert-rules'] });
                }}
              />
            </li>
          ))}
        </ul>
      </QueryState>
      {editing && <RuleDialog rule={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </div>
  );
}
