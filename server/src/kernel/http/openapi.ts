import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/** Collects the routes that follow; `app.swagger()` answers the OpenAPI document made of their schemas. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Nightjar', version, description: 'Streams, recordings and live media of cameras.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      const open = document.route.config?.access === 'public';
      return { url, schema: { ...schema, security: open ? [] : [{ token: [] }] } };
    },
    transformObject: jsonSchemaTransformObject,
  });
}
