import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tooDeep } from './json-depth.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test.each([
  ['', false],
  [nested(32), false],
  [nested(33), true],
  ['{"a":'.repeat(33), true],
  [`"${'['.repeat(100)}"`, false],
  [`"\\"${'['.repeat(100)}"`, false],
  [`"\\\\"${'['.repeat(100)}`, true],
  ['"'.repeat(3) + '['.repeat(100), false],
  [`[]${nested(32)}`, false],
])('%j: %s', (json, deep) => expect(tooDeep(json)).toBe(deep));

test('agrees with the value that was written', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 40, depthSize: 'large' }), (value) => {
      expect(tooDeep(JSON.stringify(value))).toBe(depthOf(value) > 32);
    }),
  );
});

test('a string without end takes linear time', () => {
  const before = performance.now();
  tooDeep('"\\'.repeat(500_000));
  expect(performance.now() - before).toBeLessThan(1_000);
});
