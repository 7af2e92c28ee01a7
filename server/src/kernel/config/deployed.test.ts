import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

const at = (path: string) => readFile(new URL(`../../../../${path}`, import.meta.url), 'utf8');

test('the configuration of the platform’s containers is one', async () => {
  const reference = await at('server/nightjar.default.yaml');
  const own = await at('deploy/platform/nightjar.yaml');
  const { database, redis } = parseConfig({ reference, own }, '/data');
  expect(database).toMatchObject({ engine: 'mysql', host: 'mysql', name: 'nightjar', user: 'nightjar' });
  expect(redis).toMatchObject({ host: 'redis' });
});
