import { useState } from 'react';
import { PageHead } from '../controls/page-head.tsx';
import { useSession } from '../session/session.ts';
import { NewPassword } from '../sign-in/new-password.tsx';
import { t } from '../strings/index.ts';
import { LanguageChoice } from '../strings/language-choice.tsx';
import { DevicesPanel } from './devices-panel.tsx';
import { SecondFactorPanel } from './second-factor-panel.tsx';

/** The own account: password, second step, devices, language. */
export function AccountPage() {
  const { api, profile, reload } = useSession();
  const [done, setDone] = useState(false);
  if (profile === null) return null;
  const change = async (new_password: string, current_password: string) => {
    await api.post('/api/v1/auth/password', { current_password, new_password });
    setDone(true);
    await reload();
  };
  return (
    <div className="max-w-3xl" data-page="account">
      <PageHead title={t.nav.account}>
        <span className="text-faint">
          {profile.username} · {t.people.roles[profile.role]}
        </span>
      </PageHead>
      <div className="grid gap-3">
        <section className="card grid gap-3">
          <h2>{t.signIn.password}</h2>
          {done ? (
            <p role="status">{t.account.passwordDone}</p>
          ) : (
            <NewPassword current={t.account.current} submit={change} />
          )}
        </section>
        <SecondFactorPanel profile={profile} onChanged={reload} />
        <DevicesPanel />
        <section className="card grid max-w-full gap-2">
          <h2>{t.language.label}</h2>
          <LanguageChoice wide />
        </section>
      </div>
    </div>
  );
}
