import { en } from './en.ts';

/** The shape that every language has. */
export type Strings = typeof en;

/** The words of the page in the reader's language. */
export const t: Strings = en;
