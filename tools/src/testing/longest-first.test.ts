import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LONG, placeOf } from './longest-first.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('the order of test files', () => {
  it('names files that there are', () => {
    expect(LONG.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
  });

  it('has the long ones first, in their order, and leaves the others as they come', () => {
    const paths = ['e2e/src/a.test.ts', LONG[1]!, 'e2e/src/b.test.ts', LONG[0]!].map((path) =>
      resolve(root, path),
    );
    const sorted = paths.toSorted((a, b) => placeOf(a) - placeOf(b));
    expect(sorted).toEqual([paths[3], paths[1], paths[0], paths[2]]);
  });
});
