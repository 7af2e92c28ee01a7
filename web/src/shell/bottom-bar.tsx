import { Link } from '@tanstack/react-router';
import { CircleUserRound, Ellipsis, LogOut } from 'lucide-react';
import { useState } from 'react';
import { Dialog } from '../controls/dialog.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { ThemeToggle } from '../theme/theme-toggle.tsx';
import { PLACES } from './places.ts';

const ITEM =
  'flex flex-1 cursor-pointer flex-col items-center justify-center gap-0.5 text-[11px] text-faint no-underline ' +
  'data-[status=active]:font-semibold data-[status=active]:text-ink';
const ROW = 'button quiet w-full justify-start';

/** Navigation of a phone, within reach of the thumb. */
export function BottomBar() {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const shown = PLACES.filter((place) => place.shown(session));
  const close = () => setOpen(false);
  return (
    <nav
      aria-label={t.nav.label}
      className="fixed inset-x-0 bottom-0 z-30 flex h-[calc(56px+env(safe-area-inset-bottom))] border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {shown
        .filter(({ first }) => first)
        .map(({ to, icon: Drawing, label }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/' }} className={ITEM}>
            <Drawing className="icon" aria-hidden="true" />
            {label}
          </Link>
        ))}
      <button type="button" className={ITEM} onClick={() => setOpen(true)}>
        <Ellipsis className="icon" aria-hidden="true" />
        {t.nav.more}
      </button>
      {open && (
        <Dialog title={t.nav.more} onClose={close}>
          <div className="grid gap-1">
            {shown
              .filter(({ first }) => !first)
              .map(({ to, icon: Drawing, label }) => (
                <Link key={to} to={to} className={ROW} onClick={close}>
                  <Drawing className="icon" aria-hidden="true" />
                  {label}
                </Link>
              ))}
            {session.profile && (
              <Link to="/account" className={ROW} onClick={close}>
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
      )}
    </nav>
  );
}
