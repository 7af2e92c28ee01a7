import { expect, test } from 'vitest';
import { z } from 'zod';
import { TestServer } from '../../testing/index.ts';

type JsonSchema = { $ref?: string; examples?: unknown[] };
type Json = { schema: JsonSchema; examples?: Record<string, { value: unknown }>; example?: unknown };
type Part = { content?: Record<string, Json> } | undefined;
interface Described {
  paths: Record<string, Record<string, { requestBody?: Part; responses: Record<string, Part> }>>;
  components: { schemas: Record<string, JsonSchema> };
}

/** The stream manager and the proxy. */
const isTheirs = (path: string): boolean => path === '/health' || /^\/api\/(?!v1)/.test(path);

/** Every request and answer that is JSON, by name. */
function partsOf({ paths }: Described): [name: string, json: Json][] {
  return Object.entries(paths)
    .filter(([path]) => isTheirs(path))
    .flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { requestBody, responses }]) =>
        [['request', requestBody] as const, ...Object.entries(responses)].map(
          ([what, part]) => [`${method} ${path} ${what}`, part] as const,
        ),
      ),
    )
    .flatMap(([name, part]): [string, Json][] => {
      const json = part?.content?.['application/json'];
      return json && !name.endsWith(' 204') ? [[name, json]] : [];
    });
}

/** Of the content itself, or of the shape it refers to. */
function examplesOf({ components }: Described, { schema, examples, example }: Json): unknown[] {
  const own = Object.values(examples ?? {}).map(({ value }) => value);
  const named = components.schemas[schema.$ref?.split('/').at(-1) ?? ''];
  const single = example === undefined ? [] : [example];
  return [...own, ...single, ...(schema.examples ?? []), ...(named?.examples ?? [])];
}

/** A shape with those it refers to, as a document of its own. */
function within({ components }: Described, schema: JsonSchema): z.core.JSONSchema.JSONSchema {
  const whole = JSON.stringify({ ...schema, $defs: components.schemas });
  return JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/'));
}

test('every request and answer of the stream manager and the proxy is shown by an example that is one', async () => {
  await using server = await TestServer.start();
  const document = await server.expect<Described>(200, 'GET', '/openapi.json');
  const parts = partsOf(document);
  const bare = parts.filter(([, json]) => examplesOf(document, json).length === 0).map(([name]) => name);
  const wrong: string[] = [];
  let examples = 0;
  const schemas = new Map<string, z.ZodType>();
  for (const [name, json] of parts) {
    const key = JSON.stringify(json.schema);
    const schema = schemas.get(key) ?? z.fromJSONSchema(within(document, json.schema));
    schemas.set(key, schema);
    for (const example of examplesOf(document, json)) {
      examples += 1;
      const { error } = schema.safeParse(example);
      if (error) wrong.push(`${name}: ${error.message}`);
    }
  }
  console.info(
    `openapi: ${parts.length} parts, ${examples} examples, ${bare.length} without, ${wrong.length} wrong`,
  );
  expect([bare, wrong]).toEqual([[], []]);
  expect(parts.length).toBeGreaterThan(150);
});

test('an example that is none is found', () => {
  const document: Described = {
    paths: {},
    components: {
      schemas: {
        A: { type: 'object', properties: { n: { $ref: '#/components/schemas/B' } } },
        B: { type: 'integer' },
      } as object as Record<string, JsonSchema>,
    },
  };
  const schema = z.fromJSONSchema(within(document, { $ref: '#/components/schemas/A' }));
  expect(schema.safeParse({ n: 1 }).success).toBe(true);
  expect(schema.safeParse({ n: 'one' }).success).toBe(false);
});
