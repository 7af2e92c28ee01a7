import type { Migration } from './migration.ts';

/** Networks look at streams. */
export const inference: Migration = {
  number: 25,
  name: 'inference',
  statements: [
    // JSON: all settings but the model and the threshold; null is never switched on
    'alter table streams add column inference text',
  ],
};
