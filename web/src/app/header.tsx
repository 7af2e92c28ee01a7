import { Icon, Logo } from '../controls/icons.tsx';
import { t } from '../strings/index.ts';
import { ThemeToggle } from '../theme/theme-toggle.tsx';
import { WALL } from './route.ts';

/** The bar on top of every page. */
export function Header(props: { onAdd: () => void; onSignOut: () => void }) {
  return (
    <header className="header">
      <a className="header-home" href={WALL}>
        <Logo />
        <span className="brand">{t.app.name}</span>
      </a>
      <div className="header-actions">
        <button type="button" className="button primary" onClick={props.onAdd} aria-label={t.app.addCamera}>
          <Icon name="add" />
          <span className="label">{t.app.addCamera}</span>
        </button>
        <ThemeToggle />
        <button
          type="button"
          className="button quiet icon-only"
          onClick={props.onSignOut}
          aria-label={t.app.signOut}
          title={t.app.signOut}
        >
          <Icon name="signOut" />
        </button>
      </div>
    </header>
  );
}
