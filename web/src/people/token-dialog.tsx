import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { problemText } from '../api/problem.ts';
import type { ApiTokenCreated, Grant, Scope } from '../api/types.ts';
import { Dialog, DialogFoot } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Problem } from '../controls/problem.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { GrantsField } from './grants-field.tsx';
import { ScopesField } from './scopes-field.tsx';

const DAY_SECONDS = 86_400;
const LASTS = [7, 30, 365] as const;

/** A new token: at most what its maker may do. */
export function TokenDialog(props: { onClose: () => void; onMade: (token: string) => void }) {
  const { api, permissions } = useSession();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['streams:read']);
  const [days, setDays] = useState<number | null>(365);
  const [reach, setReach] = useState<{ reach: 'all' | 'granted'; grants: readonly Grant[] }>({
    reach: 'all',
    grants: [],
  });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const body = {
      name: name.trim(),
      scopes,
      ...reach,
      ...(days === null ? {} : { expires_in: days * DAY_SECONDS }),
    };
    api
      .post<ApiTokenCreated>('/api/v1/api-tokens', body)
      .then(async ({ token }) => {
        await client.invalidateQueries({ queryKey: ['tokens'] });
        props.onMade(token);
        props.onClose();
      })
      .catch((error: unknown) => {
        setProblem(problemText(error));
        setBusy(false);
      });
  };
  return (
    <Dialog title={t.tokens.add} onClose={props.onClose} locked={busy}>
      <form className="grid gap-4" onSubmit={submit} autoComplete="off">
        <Field label={t.tokens.name}>
          {(field) => (
            <input
              {...field}
              name="token-name"
              value={name}
              required
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <ScopesField all={permissions.scopes} chosen={scopes} onChange={setScopes} />
        <Field label={t.tokens.expires}>
          {(field) => (
            <select
              {...field}
              value={days ?? ''}
              onChange={(event) => setDays(event.target.value === '' ? null : Number(event.target.value))}
            >
              {LASTS.map((one) => (
                <option key={one} value={one}>
                  {t.tokens.days(one)}
                </option>
              ))}
              <option value="">{t.tokens.never}</option>
            </select>
          )}
        </Field>
        <GrantsField
          reach={reach.reach}
          grants={reach.grants}
          onChange={(which, grants) => setReach({ reach: which, grants })}
        />
        <Problem text={problem} />
        <DialogFoot>
          <button type="button" className="button" onClick={props.onClose} disabled={busy}>
            {t.app.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy || name.trim() === ''}>
            {t.app.create}
          </button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
