import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Pencil } from 'lucide-react';
import { useState } from 'react';
import type { Client, ClientCreated, ClientList } from '../../api/types.ts';
import { AddButton } from '../../controls/buttons/add-button.tsx';
import { IconButton } from '../../controls/buttons/icon-button.tsx';
import { RemoveButton } from '../../controls/buttons/remove-button.tsx';
import { SureButton } from '../../controls/buttons/sure-button.tsx';
import { CopyText } from '../../controls/copy-text.tsx';
import { Dialog } from '../../controls/dialog.tsx';
import { QueryState } from '../../controls/query-state.tsx';
import { useSession } from '../../session/session.ts';
import { formatTime } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { CLIENTS, ClientDialog, clientPath } from './client-dialog.tsx';

/** Other systems that sign in by themselves. */
export function ClientsPanel() {
  const { api, can } = useSession();
  const list = useQuery({
    queryKey: ['clients'],
    queryFn: ({ signal }) => api.get<ClientList>(CLIENTS, { signal }),
  });
  const [editing, setEditing] = useState<Client | 'new' | null>(null);
  const [made, setMade] = useState<ClientCreated | null>(null);
  const mayWrite = can('clients:write');
  return (
    <div className="grid gap-3">
      <p className="text-faint">{t.clients.text}</p>
      {mayWrite && <AddButton label={t.clients.add} onClick={() => setEditing('new')} part="new-client" />}
      <QueryState query={list} empty={list.data?.total === 0 ? t.clients.none : null}>
        <div className="card table-box">
          <table className="table">
            <thead>
              <tr>
                <th>{t.tokens.name}</th>
                <th>{t.clients.id}</th>
                <th>{t.tokens.scopes}</th>
                <th>{t.tokens.lastUsed}</th>
                {mayWrite && <th className="acts">{t.recordings.acts}</th>}
              </tr>
            </thead>
            <tbody>
              {list.data?.clients.map((client) => (
                <ClientRow
                  key={client.client_id}
                  client={client}
                  mayWrite={mayWrite}
                  onEdit={() => setEditing(client)}
                  onMade={setMade}
                />
              ))}
            </tbody>
          </table>
        </div>
      </QueryState>
      {editing && (
        <ClientDialog
          client={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onMade={setMade}
        />
      )}
      {made && (
        <Dialog title={t.clients.secret} onClose={() => setMade(null)}>
          <p className="mb-3">{t.clients.secretText}</p>
          <CopyText label={t.clients.id} text={made.client_id} />
          <CopyText label={t.clients.secret} text={made.client_secret} />
        </Dialog>
      )}
    </div>
  );
}

function ClientRow(props: {
  client: Client;
  mayWrite: boolean;
  onEdit: () => void;
  onMade: (made: ClientCreated) => void;
}) {
  const { client, mayWrite, onMade } = props;
  const { client_id, name, scopes, disabled, last_used_at } = client;
  return (
    <tr data-client={client_id}>
      <td className="font-semibold">
        {name}
        {disabled && <span className="pill ml-2">{t.people.disabled}</span>}
      </td>
      <td>
        <code>{client_id}</code>
      </td>
      <td className="text-faint">{scopes.join(', ')}</td>
      <td className="text-faint">
        {last_used_at === null ? t.clients.never : formatTime(last_used_at, new Date())}
      </td>
      {mayWrite && (
        <td className="acts">
          <ClientActs client={client} onEdit={props.onEdit} onMade={onMade} />
        </td>
      )}
    </tr>
  );
}

function ClientActs(props: { client: Client; onEdit: () => void; onMade: (made: ClientCreated) => void }) {
  const { client_id, name } = props.client;
  const { api } = useSession();
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ['clients'] });
  return (
    <>
      <IconButton icon={Pencil} label={t.app.edit} onClick={props.onEdit} />
      <SureButton
        className="button quiet icon-only"
        label={t.clients.rotate}
        title={t.clients.rotateTitle(name)}
        text={t.clients.rotateText}
        confirm={t.clients.rotate}
        act={async () => {
          props.onMade(await api.post<ClientCreated>(`${clientPath(client_id)}/rotate`));
          await refresh();
        }}
      >
        <KeyRound className="icon" aria-hidden="true" />
      </SureButton>
      <RemoveButton
        title={t.clients.removeTitle(name)}
        text={t.clients.removeText}
        act={async () => {
          await api.delete(clientPath(client_id));
          await refresh();
        }}
      />
    </>
  );
}
