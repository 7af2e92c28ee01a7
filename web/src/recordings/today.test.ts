import { expect, it } from 'vitest';
import { startOfDay } from './today.ts';

it('is midnight of the local day, whatever the hour', () => {
  const midnight = new Date(2026, 2, 29).getTime();
  for (const hour of [0, 3, 12, 23]) {
    expect(startOfDay(new Date(2026, 2, 29, hour, 59, 59, 999)).getTime()).toBe(midnight);
  }
});
