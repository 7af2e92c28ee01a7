import { Link } from '@tanstack/react-router';
import { CircleUserRound, LogOut } from 'lucide-react';
import { Dialog } from '../controls/dialog.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { ThemeToggle } from '../theme/theme-toggle.tsx';
import { PLACES } from './places.ts';

const ROW = 'button quiet w-full justify-start';

/** On a phone: the pages that do not stand in its bar, the account and the way out. */
export function MorePlaces({ onClose }: { onClose: () => void }) {
  const session = useSession();
  const shown = PLACES.filter((place) => !place.first && place.shown(session));
  return (
    <Dialog title={t.nav.more} onClose={onClose}>
      <div className="grid gap-1">
        {shown.map(({ to, icon: Drawing, label }) => (
          <Link key={to} to={to} className={ROW} onClick={onClose}>
            <Drawing className="icon" aria-hidden="true" />
            {label}
          </Link>
        ))}
        {session.profile && (
          <Link to="/account" className={ROW} onClick={onClose}>
            <CircleUserRound className="icon" aria-hidden="true" />
            {t.nav.account}
          </Link>
        )}
        <button type="button" className={ROW} onClick={session.signOut}>
          <LogOut className="icon" aria-hidden="true" />
          {t.app.signOut}
        </button>
        <div className="flex items-center justify-between border-t border-line pt-2 pl-3">
          {t.theme.label}
          <ThemeToggle />
        </div>
      </div>
    </Dialog>
  );
}
