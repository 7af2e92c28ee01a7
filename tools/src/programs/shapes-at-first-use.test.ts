import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z as Zod } from 'zod';
import { shapesAtFirstUse } from './shapes-at-first-use.ts';

type Schemas = Record<string, Zod.ZodType>;
interface Built {
  z: typeof Zod;
  surfaces: Record<string, Schemas>;
}

const ROOT = resolve(import.meta.dirname, '../../..');
const SURFACES = ['link', 'manager', 'partner', 'platform', 'privacy-service'];
const VALUES = [
  undefined,
  null,
  true,
  '',
  'live',
  '2026-01-01T00:00:00Z',
  0,
  -1,
  1e9,
  [],
  [1],
  {},
  { id: 'a' },
];

const ENTRY = [
  `export { z } from ${JSON.stringify(join(ROOT, 'node_modules/zod/index.js'))};`,
  ...SURFACES.map(
    (name, i) => `import * as s${i} from ${JSON.stringify(join(ROOT, `contract/src/${name}/index.ts`))};`,
  ),
  `export const surfaces = { ${SURFACES.map((name, i) => `${JSON.stringify(name)}: s${i}`).join(', ')} };`,
].join('\n');

let folder: string;
let usual: Built;
let lazy: Built;

async function built(name: string, plugins: Plugin[]): Promise<Built> {
  const bundle = await rolldown({ input: join(folder, 'entry.js'), cwd: ROOT, platform: 'node', plugins });
  const file = join(folder, `${name}.mjs`);
  await bundle.write({ file, format: 'esm' });
  return (await import(pathToFileURL(file).href)) as Built;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-shapes-'));
  await writeFile(join(folder, 'entry.js'), ENTRY);
  usual = await built('usual', []);
  lazy = await built('lazy', [shapesAtFirstUse()]);
});
afterAll(() => rm(folder, { recursive: true }));

const isSchema = (value: unknown): value is Zod.ZodType =>
  typeof value === 'object' && value !== null && 'safeParse' in value;
const schemasOf = ({ surfaces }: Built): [string, Zod.ZodType][] =>
  Object.entries(surfaces).flatMap(([surface, all]) =>
    Object.entries(all)
      .filter(([, value]) => isSchema(value))
      .map(([name, value]): [string, Zod.ZodType] => [`${surface}.${name}`, value]),
  );

/** All that can be told from outside: how it is described, and what it says of values. */
function seen({ z }: Built, schema: Zod.ZodType): unknown {
  const described = (['input', 'output'] as const).map((io) =>
    z.toJSONSchema(schema, { io, unrepresentable: 'any' }),
  );
  const { examples = [] } = (z.globalRegistry.get(schema) ?? {}) as { examples?: unknown[] };
  return { described, said: [...VALUES, ...examples].map((value) => schema.safeParse(value)) };
}

describe('schemas made at first use', () => {
  test('are not made by naming them', () => {
    const whole = schemasOf(lazy).filter(([, schema]) => Object.hasOwn(schema, '_zod'));
    expect(schemasOf(lazy).length).toBeGreaterThan(250);
    expect(whole.length).toBeLessThan(schemasOf(lazy).length / 3);
    expect(schemasOf(usual).every(([, schema]) => Object.hasOwn(schema, '_zod'))).toBe(true);
  });

  test('say and are what they would be otherwise', () => {
    const wanted = new Map(schemasOf(usual));
    for (const [name, schema] of schemasOf(lazy)) {
      const one = JSON.stringify(seen(lazy, schema));
      expect(one.length).toBeGreaterThan(100);
      expect({ name, one }).toEqual({ name, one: JSON.stringify(seen(usual, wanted.get(name)!)) });
    }
  });

  test('can be built upon before anybody has asked for them', () => {
    for (const { z } of [usual, lazy]) {
      const base = z.strictObject({ kind: z.literal('a').describe('one'), size: z.int().min(2).max(9) });
      const wider = base.extend({ name: z.string().trim().min(1).optional() }).partial({ size: true });
      const either = z
        .discriminatedUnion('kind', [wider, z.object({ kind: z.literal('b') })])
        .meta({ id: 'Either' });
      expect(either.parse({ kind: 'a', name: ' x ' })).toEqual({ kind: 'a', name: 'x' });
      expect(either.safeParse({ kind: 'a', size: 1 }).success).toBe(false);
      expect(base.shape.kind.description).toBe('one');
      expect(z.enum(['x', 'y']).options).toEqual(['x', 'y']);
      expect(base instanceof z.ZodObject && z.string() instanceof z.ZodType).toBe(true);
      expect(z.string().catch('dawn').parse(7)).toBe('dawn');
    }
  });
});

test('another zod than the one that is known is told of', () => {
  const { transform } = shapesAtFirstUse() as object as { transform: (code: string, id: string) => unknown };
  expect(() => transform('export const other = 1;', '/node_modules/zod/v4/core/core.js')).toThrow(
    /is not the zod/,
  );
  expect(transform('export const other = 1;', '/src/mine.ts')).toBeUndefined();
});
