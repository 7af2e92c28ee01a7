import { Link } from '@tanstack/react-router';
import { CircleUserRound } from 'lucide-react';
import { Icon } from '../controls/icons.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { ThemeToggle } from '../theme/theme-toggle.tsx';

/** Who is signed in, with the ways to the own account and out. */
export function AccountMenu() {
  const { profile, signOut } = useSession();
  const name = profile?.username ?? t.signIn.token;
  const face = (
    <>
      <CircleUserRound className="icon" aria-hidden="true" />
      <span className="hidden truncate lg:inline">{name}</span>
    </>
  );
  return (
    <div className="flex flex-col items-center gap-1 border-t border-line p-2 lg:flex-row">
      {profile ? (
        <Link
          to="/account"
          className="button quiet min-w-0 flex-1 lg:justify-start lg:px-2"
          aria-label={`${t.nav.account}: ${name}`}
          title={t.nav.account}
        >
          {face}
        </Link>
      ) : (
        <span className="flex min-w-0 flex-1 items-center gap-2 lg:px-2" title={name}>
          {face}
        </span>
      )}
      <ThemeToggle />
      <button
        type="button"
        className="button quiet icon-only"
        aria-label={t.app.signOut}
        title={t.app.signOut}
        onClick={signOut}
        data-part="sign-out"
      >
        <Icon name="signOut" />
      </button>
    </div>
  );
}
