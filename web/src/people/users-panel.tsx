import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Pencil, UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { PasswordLink, User, UserList } from '../api/types.ts';
import { AddButton } from '../controls/buttons/add-button.tsx';
import { IconButton } from '../controls/buttons/icon-button.tsx';
import { RemoveButton } from '../controls/buttons/remove-button.tsx';
import { CopyText } from '../controls/copy-text.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { Problem } from '../controls/problem.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useAction } from '../controls/use-action.ts';
import { useSession } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { UserDialog } from './user-dialog.tsx';

/** Who may come in, and what they may do. */
export function UsersPanel() {
  const { api, can } = useSession();
  const list = useQuery({
    queryKey: ['users'],
    queryFn: ({ signal }) => api.get<UserList>('/api/v1/users', { query: { limit: 500 }, signal }),
  });
  const [editing, setEditing] = useState<User | 'new' | null>(null);
  const [link, setLink] = useState<PasswordLink | null>(null);
  return (
    <div className="grid gap-3">
      {can('users:write') && (
        <AddButton icon={UserPlus} label={t.people.add} onClick={() => setEditing('new')} part="new-user" />
      )}
      <QueryState query={list} empty={null}>
        <div className="card table-box">
          <table className="table">
            <thead>
              <tr>
                <th>{t.people.username}</th>
                <th>{t.people.role}</th>
                <th>{t.people.reach}</th>
                <th>{t.people.lastSignIn}</th>
                <th className="acts">{t.recordings.acts}</th>
              </tr>
            </thead>
            <tbody>
              {list.data?.items.map((user) => (
                <UserRow key={user.id} user={user} onEdit={() => setEditing(user)} onLink={setLink} />
              ))}
            </tbody>
          </table>
        </div>
      </QueryState>
      {editing && (
        <UserDialog
          user={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onLink={setLink}
        />
      )}
      {link && (
        <Dialog title={t.people.linkTitle} onClose={() => setLink(null)}>
          <p className="mb-3">{t.people.linkText(formatTime(link.expires_at, new Date()))}</p>
          <CopyText label={t.people.linkTitle} text={`${location.origin}${link.path}`} />
        </Dialog>
      )}
    </div>
  );
}

function UserRow(props: { user: User; onEdit: () => void; onLink: (link: PasswordLink) => void }) {
  const { user } = props;
  const { api, can, permissions } = useSession();
  const client = useQueryClient();
  const action = useAction();
  const reset = () =>
    action.run(async () =>
      props.onLink(await api.post<PasswordLink>(`/api/v1/users/${user.id}/password-link`)),
    );
  return (
    <tr data-user={user.username}>
      <td>
        <strong>{user.username}</strong> <span className="text-faint">{user.email}</span>
        {user.disabled && <span className="pill ml-2">{t.people.disabled}</span>}
        {user.pending && <span className="pill ml-2">{t.people.pending}</span>}
        {user.second_factor && <span className="pill ml-2">{t.people.secondFactor}</span>}
      </td>
      <td>{t.people.roles[user.role]}</td>
      <td>{user.reach === 'all' ? t.people.everything : t.people.granted(user.grants.length)}</td>
      <td>{user.last_sign_in_at === null ? '–' : formatTime(user.last_sign_in_at, new Date())}</td>
      <td className="acts">
        {can('users:write') && (
          <>
            <IconButton icon={Pencil} label={t.app.edit} onClick={props.onEdit} />
            <IconButton icon={KeyRound} label={t.people.reset} disabled={action.busy} onClick={reset} />
            {user.id !== permissions.id && (
              <RemoveButton
                title={t.people.removeTitle(user.username)}
                text={t.people.removeText}
                act={async () => {
                  await api.delete(`/api/v1/users/${user.id}`);
                  await client.invalidateQueries({ queryKey: ['users'] });
                }}
              />
            )}
          </>
        )}
        <Problem text={action.problem} />
      </td>
    </tr>
  );
}
