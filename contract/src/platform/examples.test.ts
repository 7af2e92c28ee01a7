import { expect, test } from 'vitest';
import { z } from 'zod';
import * as platform from './index.ts';

const described = Object.entries(platform).flatMap(([name, schema]) =>
  schema instanceof z.ZodType
    ? [schema.meta()?.['examples'] ?? []].flat().map((example: unknown) => ({ name, schema, example }))
    : [],
);

test('there are examples of what is asked and answered', () => {
  expect(described.length).toBeGreaterThan(35);
});

test.each(described)('the example of $name is one', ({ schema, example }) => {
  const parsed = schema.safeParse(example);
  expect(parsed.error?.issues ?? []).toEqual([]);
});
