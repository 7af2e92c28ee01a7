import { fileURLToPath } from 'node:url';

/** Top of the checkout. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
