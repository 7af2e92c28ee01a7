import { streams } from './0001-streams.ts';
import { apiTokens } from './0002-api-tokens.ts';
import type { Migration } from './migration.ts';

export type { Migration } from './migration.ts';
export const migrations: readonly Migration[] = [streams, apiTokens];
