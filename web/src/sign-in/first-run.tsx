import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { NewPassword } from './new-password.tsx';
import { SignInFrame } from './sign-in.tsx';

/** What a person does first whose password somebody else has seen. */
export function FirstRun({ onLater }: { onLater: () => void }) {
  const { api, reload } = useSession();
  const submit = async (new_password: string, current_password: string) => {
    await api.post('/api/v1/auth/password', { current_password, new_password });
    await reload();
  };
  return (
    <SignInFrame title={t.setup.title}>
      <p className="text-faint">{t.setup.lead}</p>
      <NewPassword current={t.setup.printed} submit={submit} />
      <button type="button" className="button quiet" onClick={onLater}>
        {t.setup.later}
      </button>
    </SignInFrame>
  );
}
