import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeySquare } from 'lucide-react';
import { useState } from 'react';
import type { ApiToken, ApiTokenList } from '../api/types.ts';
import { AddButton } from '../controls/buttons/add-button.tsx';
import { RemoveButton } from '../controls/buttons/remove-button.tsx';
import { CopyText } from '../controls/copy-text.tsx';
import { Dialog } from '../controls/dialog.tsx';
import { QueryState } from '../controls/query-state.tsx';
import { useSession } from '../session/session.ts';
import { formatTime } from '../strings/format.ts';
import { t } from '../strings/index.ts';
import { TokenDialog } from './token-dialog.tsx';

/** Tokens of programs: what they may do, and until when. */
export function TokensPanel() {
  const { api, can } = useSession();
  const list = useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => api.get<ApiTokenList>('/api/v1/api-tokens', { query: { limit: 500 }, signal }),
  });
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  return (
    <div className="grid gap-3">
      {can('tokens:write') && (
        <AddButton icon={KeySquare} label={t.tokens.add} onClick={() => setMaking(true)} part="new-token" />
      )}
      <QueryState query={list} empty={list.data?.items.length === 0 ? t.tokens.none : null}>
        <div className="card table-box">
          <table className="table">
            <thead>
              <tr>
                <th>{t.tokens.name}</th>
                <th>{t.tokens.scopes}</th>
                <th>{t.tokens.lastUsed}</th>
                <th>{t.tokens.expires}</th>
                <th className="acts">{t.recordings.acts}</th>
              </tr>
            </thead>
            <tbody>
              {list.data?.items.map((token) => (
                <TokenRow key={token.id} token={token} />
              ))}
            </tbody>
          </table>
        </div>
      </QueryState>
      {making && <TokenDialog onClose={() => setMaking(false)} onMade={setMade} />}
      {made !== null && (
        <Dialog title={t.tokens.made} onClose={() => setMade(null)}>
          <p className="mb-3">{t.tokens.madeText}</p>
          <CopyText label={t.tokens.made} text={made} />
        </Dialog>
      )}
    </div>
  );
}

function TokenRow({ token }: { token: ApiToken }) {
  const { api, can } = useSession();
  const client = useQueryClient();
  const when = (time: string | null, never: string) => (time === null ? never : formatTime(time, new Date()));
  return (
    <tr data-token={token.name}>
      <td>
        <strong>{token.name}</strong>
        {token.revoked_at !== null && <span className="pill ml-2">{t.tokens.revoked}</span>}
      </td>
      <td className="text-faint">{token.scopes.join(', ')}</td>
      <td>{when(token.last_used_at, '–')}</td>
      <td>{when(token.expires_at, t.tokens.never)}</td>
      <td className="acts">
        {can('tokens:write') && token.revoked_at === null && (
          <RemoveButton
            label={t.tokens.revoke}
            title={t.tokens.revokeTitle(token.name)}
            text={t.tokens.revokeText}
            confirm={t.tokens.revoke}
            act={async () => {
              await api.post(`/api/v1/api-tokens/${token.id}/revoke`);
              await client.invalidateQueries({ queryKey: ['tokens'] });
            }}
          />
        )}
      </td>
    </tr>
  );
}
