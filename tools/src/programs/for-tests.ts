import { resolve } from 'node:path';
import { buildPrograms } from './build.ts';

/** Before end-to-end tests: they run what users run. */
export async function setup(): Promise<void> {
  await buildPrograms(resolve(import.meta.dirname, '../../..'));
}
