import { useQueryClient } from '@tanstack/react-query';
import { FolderPlus, Pencil } from 'lucide-react';
import { useState } from 'react';
import type { CameraGroup } from '../../api/types.ts';
import { AddButton } from '../../controls/buttons/add-button.tsx';
import { IconButton } from '../../controls/buttons/icon-button.tsx';
import { RemoveButton } from '../../controls/buttons/remove-button.tsx';
import { QueryState } from '../../controls/query-state.tsx';
import { useGroups } from '../../queries/groups.ts';
import { useSession } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { GroupDialog } from './group-dialog.tsx';

/** Cameras under one name, so that rights and walls speak of them together. */
export function GroupsPanel() {
  const { can } = useSession();
  const list = useGroups();
  const [editing, setEditing] = useState<CameraGroup | 'new' | null>(null);
  const mayWrite = can('cameras:write');
  return (
    <div className="grid gap-3">
      <p className="text-faint">{t.groups.text}</p>
      {mayWrite && (
        <AddButton
          icon={FolderPlus}
          label={t.groups.add}
          onClick={() => setEditing('new')}
          part="new-group"
        />
      )}
      <QueryState query={list} empty={list.data?.items.length === 0 ? t.groups.none : null}>
        <ul className="card grid p-0">
          {list.data?.items.map((group) => (
            <GroupRow
              key={group.id}
              group={group}
              {...(mayWrite ? { onEdit: () => setEditing(group) } : {})}
            />
          ))}
        </ul>
      </QueryState>
      {editing && <GroupDialog group={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </div>
  );
}

function GroupRow({ group, onEdit }: { group: CameraGroup; onEdit?: () => void }) {
  const { api } = useSession();
  const client = useQueryClient();
  const { id, name, cameras } = group;
  return (
    <li
      className="flex flex-wrap items-center gap-2 border-line px-3 py-1.5 not-first:border-t"
      data-group={name}
    >
      <span className="min-w-0 flex-1">
        <strong>{name}</strong>{' '}
        <span className="text-faint">
          {cameras.length === 0 ? t.groups.empty : cameras.toSorted().join(', ')}
        </span>
      </span>
      {onEdit && (
        <>
          <IconButton icon={Pencil} label={t.app.edit} onClick={onEdit} />
          <RemoveButton
            title={t.captures.removeTitle(name)}
            text={t.groups.removeText}
            act={async () => {
              await api.delete(`/api/v1/camera-groups/${id}`);
              await client.invalidateQueries({ queryKey: ['camera-groups'] });
            }}
          />
        </>
      )}
    </li>
  );
}
