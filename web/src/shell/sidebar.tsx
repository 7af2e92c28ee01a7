import { Link } from '@tanstack/react-router';
import { Logo } from '../controls/icons.tsx';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { AccountMenu } from './account-menu.tsx';
import { PLACES } from './places.ts';

const ITEM =
  'flex min-h-9 items-center gap-2.5 rounded-control px-2.5 text-ink no-underline hover:bg-hover ' +
  'justify-center lg:justify-start data-[status=active]:bg-[var(--accent-soft)] data-[status=active]:font-semibold';

/** Navigation at the side: names on wide screens, drawings alone on tablets. */
export function Sidebar() {
  const session = useSession();
  return (
    <div className="sticky top-0 hidden h-dvh w-14 shrink-0 flex-col border-r border-line bg-surface sm:flex lg:w-52">
      <Link
        to="/"
        className="flex items-center justify-center gap-2.5 px-3 py-3.5 text-ink no-underline lg:justify-start"
      >
        <Logo />
        <span className="brand hidden lg:inline">{t.app.name}</span>
      </Link>
      <nav aria-label={t.nav.label} className="flex flex-1 flex-col gap-0.5 overflow-y-auto p-2">
        {PLACES.filter((place) => place.shown(session)).map(({ to, icon: Drawing, label }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === '/' }}
            className={ITEM}
            title={label}
            aria-label={label}
          >
            <Drawing className="icon" aria-hidden="true" />
            <span className="hidden lg:inline">{label}</span>
          </Link>
        ))}
      </nav>
      <AccountMenu />
    </div>
  );
}
