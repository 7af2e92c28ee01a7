import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';

type Override = z.core.ToJSONSchemaParams['override'];
type Operation = { requestBody?: { required?: boolean } };

/** A body that a route can do without is told as such. */
function loosen(document: object, optional: ReadonlySet<string>): object {
  const { paths = {} } = document as { paths?: Record<string, Record<string, Operation>> };
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { requestBody }] of Object.entries(operations)) {
      if (requestBody && optional.has(`${method} ${path}`)) requestBody.required = false;
    }
  }
  return document;
}

/** Shapes that are filled in while they are read lose their examples on the way: here they keep them. */
const withExamples = ({ zodSchema, jsonSchema }: Parameters<NonNullable<Override>>[0]): void => {
  const { examples } = z.globalRegistry.get(zodSchema) ?? {};
  if (Array.isArray(examples) && jsonSchema.examples === undefined) jsonSchema.examples = examples;
};
const options = { zodToJsonConfig: { override: withExamples } };
const transform = createJsonSchemaTransform(options);
const transformObject = createJsonSchemaTransformObject(options);

/**
 * Recursive schemas are put aside by their library under a name that no reference may hold (RFC 6901 in a URI, RFC 3986
 * section 3.5); here they get names of their own.
 */
function named(document: object): object {
  const text = JSON.stringify(document).replaceAll(
    /#\/components\/schemas\/__shared#\/\$defs\/schema(\d+)/g,
    '#/components/schemas/JsonValue$1',
  );
  const parsed = JSON.parse(text) as {
    components?: { schemas?: Record<string, { $defs?: Record<string, object> }> };
  };
  const { __shared: shared, ...schemas } = parsed.components?.schemas ?? {};
  for (const [name, schema] of Object.entries(shared?.$defs ?? {})) {
    schemas[name.replace('schema', 'JsonValue')] = schema;
  }
  return { ...parsed, components: { ...parsed.components, schemas } };
}

/** Collects the routes that follow; `app.swagger()` answers the OpenAPI document made of their schemas. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  const optional = new Set<string>();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Nightjar', version, description: 'Streams, recordings and live media of cameras.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: (document) => {
      const { schema, url } = transform(document);
      const open = document.route.config?.access === 'public';
      const body = document.schema?.body;
      if (body instanceof z.ZodType && body.safeParse(undefined).success) {
        const path = url.replace(/:([^/]+)/g, '{$1}');
        for (const method of [document.route.method].flat()) optional.add(`${method.toLowerCase()} ${path}`);
      }
      return { url, schema: { ...schema, security: open ? [] : [{ token: [] }] } };
    },
    transformObject: (document) => named(loosen(transformObject(document), optional)),
  });
}
