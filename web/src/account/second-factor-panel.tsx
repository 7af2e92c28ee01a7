import { type FormEvent, useMemo, useState } from 'react';
import { renderSVG } from 'uqr';
import type { Profile, RecoveryCodes, TotpBegun } from '../api/types.ts';
import { CopyText } from '../controls/copy-text.tsx';
import { Field } from '../controls/field.tsx';
import { Problem } from '../controls/problem.tsx';
import { SecretInput } from '../controls/secret-input.tsx';
import { useAction } from '../controls/use-action.ts';
import { useApi } from '../session/session.ts';
import { t } from '../strings/index.ts';

/** An authenticator app is set up or taken away. */
export function SecondFactorPanel(props: { profile: Profile; onChanged: () => Promise<void> }) {
  const { profile, onChanged } = props;
  const api = useApi();
  const action = useAction();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [begun, setBegun] = useState<TotpBegun | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    action.run(async () => {
      if (begun) {
        const answer = await api.post<RecoveryCodes>('/api/v1/auth/totp/confirm', { code: code.trim() });
        setCodes(answer.recovery_codes);
        setBegun(null);
        await onChanged();
      } else if (profile.second_factor) {
        await api.post('/api/v1/auth/totp/remove', { password });
        await onChanged();
      } else setBegun(await api.post<TotpBegun>('/api/v1/auth/totp', { password }));
      setPassword('');
      setCode('');
    });
  };
  const verb = profile.second_factor ? t.account.removeFactor : t.account.addFactor;
  return (
    <section className="card grid gap-3">
      <h2>{t.account.factor}</h2>
      <p className="text-faint">
        {profile.second_factor ? t.account.factorOn(profile.recovery_codes) : t.account.factorOff}
      </p>
      {codes && (
        <div className="grid gap-2" role="status">
          <p>{t.account.codes}</p>
          <CopyText label={t.account.codes} text={codes.join('\n')} />
        </div>
      )}
      <form className="grid max-w-sm gap-3" onSubmit={submit} autoComplete="off">
        {begun ? (
          <>
            <Scan begun={begun} />
            <Field label={t.signIn.code}>
              {(field) => (
                <input
                  {...field}
                  value={code}
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  onChange={(event) => setCode(event.target.value)}
                />
              )}
            </Field>
          </>
        ) : (
          <Field label={t.account.current}>
            {(field) => (
              <SecretInput
                {...field}
                value={password}
                autoComplete="current-password"
                onChange={(event) => setPassword(event.target.value)}
                showLabel={t.signIn.showPassword}
                hideLabel={t.signIn.hidePassword}
              />
            )}
          </Field>
        )}
        <Problem text={action.problem} />
        <button type="submit" className="button justify-self-start" disabled={action.busy}>
          {begun ? t.account.confirmFactor : verb}
        </button>
      </form>
    </section>
  );
}

function Scan({ begun }: { begun: TotpBegun }) {
  const source = useMemo(
    () => `data:image/svg+xml,${encodeURIComponent(renderSVG(begun.uri, { border: 2 }))}`,
    [begun.uri],
  );
  return (
    <div className="grid gap-2">
      <p>{t.account.scan}</p>
      <img src={source} alt={t.account.qr} width={180} height={180} className="rounded-control bg-white" />
      <CopyText label={t.account.secret} text={begun.secret} />
    </div>
  );
}
