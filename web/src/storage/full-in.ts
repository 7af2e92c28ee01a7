import { t } from '../strings/index.ts';

/** Beyond it nobody plans. Days. */
const YEARS = 1_000;

/** When the disk is full at today's pace, in words. */
export const fullIn = (days: number): string =>
  days > YEARS ? t.storage.years : t.storage.full(Math.max(1, Math.round(days)));
