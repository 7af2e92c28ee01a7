import { useState } from 'react';
import { Icon, type IconName } from '../controls/icons.tsx';
import { t } from '../strings/index.ts';
import { applyTheme, nextTheme, readTheme, type Theme } from './theme.ts';

const ICONS: Record<Theme, IconName> = { system: 'device', light: 'sun', dark: 'moon' };

/** Steps through the colours of the device, light and dark. */
export function ThemeToggle() {
  const [theme, setTheme] = useState(() => readTheme(localStorage));
  const next = nextTheme(theme);
  const label = t.theme.next(t.theme[theme], t.theme[next]);
  const change = () => {
    applyTheme(next, localStorage, document.documentElement);
    setTheme(next);
  };
  return (
    <button
      type="button"
      className="button quiet icon-only"
      onClick={change}
      aria-label={label}
      title={label}
    >
      <Icon name={ICONS[theme]} />
    </button>
  );
}
