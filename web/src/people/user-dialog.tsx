import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { fieldProblems } from '../api/api-error.ts';
import { problemText } from '../api/problem.ts';
import type { Grant, PasswordLink, User, UserCreated } from '../api/types.ts';
import { Dialog, DialogFoot } from '../controls/dialog.tsx';
import { Field } from '../controls/field.tsx';
import { Problem } from '../controls/problem.tsx';
import { Switch } from '../controls/switch.tsx';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { GrantsField } from './grants-field.tsx';

const ROLES = ['admin', 'operator', 'viewer'] as const;
type Role = User['role'];

/** A new person, who is invited by a link, or one that is changed. */
export function UserDialog(props: {
  user: User | null;
  onClose: () => void;
  onLink: (link: PasswordLink) => void;
}) {
  const { user, onClose } = props;
  const api = useApi();
  const client = useQueryClient();
  const [form, setForm] = useState({
    username: user?.username ?? '',
    email: user?.email ?? '',
    role: user?.role ?? ('viewer' as Role),
    reach: user?.reach ?? ('all' as User['reach']),
    grants: (user?.grants ?? []) as readonly Grant[],
    disabled: user?.disabled ?? false,
  });
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});

  const save = async () => {
    const { disabled, ...rest } = form;
    const body = { ...rest, email: form.email.trim() === '' ? null : form.email.trim() };
    if (user) await api.put(`/api/v1/users/${user.id}`, { ...body, disabled });
    else {
      const { invitation } = await api.post<UserCreated>('/api/v1/users', body);
      if (invitation) props.onLink(invitation);
    }
    await client.invalidateQueries({ queryKey: ['users'] });
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblems({});
    save().catch((error: unknown) => {
      const named = fieldProblems(error);
      const known = ['username', 'email'].some((field) => field in named);
      setProblems(known ? named : { '': problemText(error) });
      setBusy(false);
    });
  };
  return (
    <Dialog title={user ? user.username : t.people.add} onClose={onClose} locked={busy}>
      <form className="grid gap-4" onSubmit={submit} noValidate autoComplete="off">
        <UserFields form={form} problems={problems} onChange={(change) => setForm({ ...form, ...change })} />
        <GrantsField
          reach={form.reach}
          grants={form.grants}
          onChange={(reach, grants) => setForm({ ...form, reach, grants })}
        />
        {user && (
          <Switch checked={form.disabled} onChange={(disabled) => setForm({ ...form, disabled })}>
            {t.people.disable}
          </Switch>
        )}
        <Problem text={problems['']} />
        <DialogFoot>
          <button type="button" className="button" onClick={onClose} disabled={busy}>
            {t.app.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {user ? t.app.save : t.people.invite}
          </button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

/** Name, address and role. */
function UserFields(props: {
  form: { username: string; email: string; role: Role };
  problems: Readonly<Record<string, string>>;
  onChange: (change: { username?: string; email?: string; role?: Role }) => void;
}) {
  const { form, problems, onChange } = props;
  return (
    <>
      <Field label={t.people.username} problem={problems['username']}>
        {(field) => (
          <input
            {...field}
            name="new-username"
            value={form.username}
            autoCapitalize="none"
            onChange={(event) => onChange({ username: event.target.value })}
          />
        )}
      </Field>
      <Field label={t.people.email} hint={t.app.optional} problem={problems['email']}>
        {(field) => (
          <input
            {...field}
            type="email"
            value={form.email}
            onChange={(event) => onChange({ email: event.target.value })}
          />
        )}
      </Field>
      <Field label={t.people.role} hint={t.people.roleHints[form.role]}>
        {(field) => (
          <select
            {...field}
            name="role"
            value={form.role}
            onChange={(event) => onChange({ role: event.target.value as Role })}
          >
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {t.people.roles[role]}
              </option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
}
