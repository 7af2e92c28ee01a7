/** `system` follows `prefers-color-scheme`. */
export type Theme = 'system' | 'light' | 'dark';

const ORDER: readonly Theme[] = ['system', 'light', 'dark'];
const KEY = 'nightjar.theme';

/** The theme that a press of the toggle gives. */
export const nextTheme = (theme: Theme): Theme => ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length]!;

/** The stored choice; `system` when there is none or it is not understood. */
export function readTheme(storage: Pick<Storage, 'getItem'>): Theme {
  const stored = storage.getItem(KEY);
  return ORDER.find((theme) => theme === stored) ?? 'system';
}

/** Stores the choice and shows it: the style sheets read `data-theme` of the root element. */
export function applyTheme(
  theme: Theme,
  storage: Pick<Storage, 'setItem'>,
  root: { dataset: DOMStringMap },
): void {
  storage.setItem(KEY, theme);
  root.dataset['theme'] = theme;
}
