import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Client, ClientCreated, Grant, Scope } from '../../api/types.ts';
import { Field } from '../../controls/field.tsx';
import { Switch } from '../../controls/switch.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { useSession } from '../../session/session.ts';
import { t } from '../../strings/index.ts';
import { GrantsField } from '../grants-field.tsx';
import { ScopesField } from '../scopes-field.tsx';

/** The path of all clients, S4. */
export const CLIENTS = '/v2/auth/clients';
export const clientPath = (id: string): string => `${CLIENTS}/${encodeURIComponent(id)}`;

const WATCHES: readonly Scope[] = ['streams:read'];

/** Name, rights and cameras of an API client; null for a new one, whose secret is told by `onMade`. */
export function ClientDialog(props: {
  client: Client | null;
  onClose: () => void;
  onMade: (made: ClientCreated) => void;
}) {
  const { client } = props;
  const { api, permissions } = useSession();
  const queries = useQueryClient();
  const [name, setName] = useState(client?.name ?? '');
  const [id, setId] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(client?.scopes ?? WATCHES);
  const [enabled, setEnabled] = useState(!(client?.disabled ?? false));
  const [within, setWithin] = useState<{ reach: Client['reach']; grants: readonly Grant[] }>({
    reach: client?.reach ?? 'all',
    grants: client?.grants ?? [],
  });
  const save = async () => {
    const body = { name: name.trim(), scopes, ...within };
    if (client) await api.put(clientPath(client.client_id), { ...body, disabled: !enabled });
    else {
      const own = id.trim() === '' ? {} : { client_id: id.trim() };
      props.onMade(await api.post<ClientCreated>(CLIENTS, { ...body, ...own }));
    }
    await queries.invalidateQueries({ queryKey: ['clients'] });
  };
  return (
    <FormDialog
      title={client ? client.name : t.clients.add}
      onClose={props.onClose}
      ready={name.trim() !== ''}
      save={save}
    >
      <Field label={t.tokens.name}>
        {(field) => (
          <input
            {...field}
            name="client-name"
            value={name}
            required
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {client === null && (
        <Field label={t.clients.id} hint={t.clients.idHint}>
          {(field) => (
            <input
              {...field}
              name="client-id"
              value={id}
              autoCapitalize="none"
              spellCheck={false}
              onChange={(event) => setId(event.target.value)}
            />
          )}
        </Field>
      )}
      <ScopesField all={permissions.scopes} chosen={scopes} onChange={setScopes} />
      <GrantsField
        reach={within.reach}
        grants={within.grants}
        onChange={(reach, grants) => setWithin({ reach, grants })}
      />
      {client !== null && (
        <Switch checked={enabled} onChange={setEnabled}>
          {t.clients.enabled}
        </Switch>
      )}
    </FormDialog>
  );
}
