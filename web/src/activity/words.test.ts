import { EVENT_TYPES } from '@nightjar/contract/manager';
import { expect, it } from 'vitest';
import { en } from '../strings/en/index.ts';

/** Figures, which nobody keeps. */
const FIGURES = ['metrics.update', 'detection.boxes'];

it('has words for everything that can happen', () => {
  const words: Readonly<Record<string, string>> = en.activity.types;
  const without = EVENT_TYPES.filter((type) => !FIGURES.includes(type) && words[type] === undefined);
  expect(without).toEqual([]);
});
