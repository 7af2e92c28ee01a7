import { describe, expect, it } from 'vitest';
import { applyTheme, nextTheme, readTheme } from './theme.ts';

const storage = (entries: Record<string, string> = {}) => ({
  getItem: (key: string) => entries[key] ?? null,
  setItem: (key: string, value: string) => {
    entries[key] = value;
  },
});

describe('theme', () => {
  it('comes round through all three', () => {
    expect(nextTheme('system')).toBe('light');
    expect(nextTheme('light')).toBe('dark');
    expect(nextTheme('dark')).toBe('system');
  });

  it('is stored, shown and read again', () => {
    const store = storage();
    const root = { dataset: {} as DOMStringMap };
    applyTheme('dark', store, root);
    expect(root.dataset['theme']).toBe('dark');
    expect(readTheme(store)).toBe('dark');
  });

  it('follows the device when the stored choice is unknown', () => {
    expect(readTheme(storage())).toBe('system');
    expect(readTheme(storage({ 'nightjar.theme': 'purple' }))).toBe('system');
  });
});
