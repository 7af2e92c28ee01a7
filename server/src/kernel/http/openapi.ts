import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';

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
      const { schema, url } = jsonSchemaTransform(document);
      const open = document.route.config?.access === 'public';
      const body = document.schema?.body;
      if (body instanceof z.ZodType && body.safeParse(undefined).success) {
        const path = url.replace(/:([^/]+)/g, '{$1}');
        for (const method of [document.route.method].flat()) optional.add(`${method.toLowerCase()} ${path}`);
      }
      return { url, schema: { ...schema, security: open ? [] : [{ token: [] }] } };
    },
    transformObject: (document) => loosen(jsonSchemaTransformObject(document), optional),
  });
}
