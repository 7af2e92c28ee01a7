import { Link } from '@tanstack/react-router';
import { CircleUserRound, LogOut } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useSession } from '../session/session.ts';
import { t } from '../strings/index.ts';
import { ThemeToggle } from '../theme/theme-toggle.tsx';

const ITEM =
  'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 text-ink no-underline outline-none data-highlighted:bg-hover';

/** Who is signed in, with the ways to the own account and out. */
export function AccountMenu() {
  const { profile, signOut } = useSession();
  const name = profile?.username ?? t.signIn.token;
  return (
    <div className="flex flex-col items-center gap-1 border-t border-line p-2 lg:flex-row">
      <DropdownMenu.Root>
        <DropdownMenu.Trigger
          className="button quiet min-w-0 flex-1 lg:justify-start lg:px-2"
          aria-label={`${t.nav.account}: ${name}`}
        >
          <CircleUserRound className="icon" aria-hidden="true" />
          <span className="hidden truncate lg:inline">{name}</span>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            side="top"
            align="start"
            sideOffset={6}
            className="z-50 min-w-48 rounded-box border border-line bg-raised p-1 shadow-lg"
          >
            {profile && (
              <DropdownMenu.Item asChild>
                <Link to="/account" className={ITEM}>
                  <CircleUserRound className="icon" aria-hidden="true" />
                  {t.nav.account}
                </Link>
              </DropdownMenu.Item>
            )}
            <DropdownMenu.Item className={ITEM} onSelect={signOut}>
              <LogOut className="icon" aria-hidden="true" />
              {t.app.signOut}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <ThemeToggle />
    </div>
  );
}
