import { Link } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { PLACES } from './places.ts';

const ITEM =
  'flex flex-1 cursor-pointer flex-col items-center justify-center gap-0.5 text-[11px] text-faint no-underline ' +
  'data-[status=active]:font-semibold data-[status=active]:text-ink';

const MorePlaces = lazy(async () => ({ default: (await import('./more-places.tsx')).MorePlaces }));

/** Navigation of a phone, within reach of the thumb. */
export function BottomBar() {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const shown = PLACES.filter((place) => place.shown(session));
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
        <Suspense>
          <MorePlaces onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </nav>
  );
}
