import type { Readable } from 'node:stream';
import { Model, ModelList, ModelParams, Page, UploadModel } from '@nightjar/contract/platform';
import { z } from 'zod';
import type { InstalledModel } from '../../../inference/index.ts';
import { type App, DomainError, type Principal, sees } from '../../../kernel/index.ts';
import type { StreamView } from '../../../streams/index.ts';
import { pageOf } from '../access/present.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';

const tags = ['models'];
const FILE = 'application/octet-stream';
const read = { access: { scope: 'streams:read', object: 'listing' } } as const;

function shown({ facts, ms, ...model }: InstalledModel, streams: readonly StreamView[]) {
  const { size = null, layout = null, classes = [] } = facts ?? {};
  const [width, height] = typeof size === 'number' || size === null ? [size, size] : size;
  const used = streams.filter(({ stream }) => {
    const { privacy, inference } = stream;
    return (privacy.enabled && privacy.model === model.name) || inference.model === model.name;
  });
  return {
    ...model,
    layout,
    classes,
    width,
    height,
    check_ms: ms,
    streams: used.map(({ stream }) => stream.id),
  };
}

/** Networks that find objects in pictures. */
export function modelRoutes(app: App, { models, streams }: PlatformRooms): void {
  const seen = async (who: Principal | undefined): Promise<StreamView[]> =>
    (await streams.list()).filter(({ stream }) => sees(who, 'streams:read', stream.id));

  app.get('/api/v1/models', {
    config: read,
    schema: {
      tags,
      summary: 'List models',
      querystring: Page,
      response: { 200: ModelList, ...errorAnswers },
    },
    handler: async ({ query, principal }) => {
      const known = await seen(principal);
      return pageOf(
        (await models.list()).map((model) => shown(model, known)),
        query,
      );
    },
  });

  app.get('/api/v1/models/:name', {
    config: read,
    schema: { tags, summary: 'Get a model', params: ModelParams, response: { 200: Model, ...errorAnswers } },
    handler: async ({ params, principal }) => shown(await models.get(params.name), await seen(principal)),
  });

  app.delete('/api/v1/models/:name', {
    config: { access: { scope: 'config:write' }, audit: 'model.removed' },
    schema: {
      tags,
      summary: 'Delete a model with its file',
      description: 'Where objects were covered by it alone, everything is covered from then on.',
      params: ModelParams,
      response: { 204: z.undefined(), ...errorAnswers },
    },
    handler: async ({ params }, reply) => {
      await models.remove(params.name);
      return reply.code(204).send();
    },
  });

  void app.register(async (scope: App) => {
    scope.addContentTypeParser(FILE, (_request, body, done) => done(null, body));
    scope.post('/api/v1/models', {
      config: { access: { scope: 'config:write' }, audit: 'model.installed' },
      schema: {
        tags,
        summary: 'Upload a model',
        description:
          'The body is an ONNX file (`application/octet-stream`, at most 512 MiB). It is run once in a sandbox, and kept when its input and its answer are as the query says.',
        querystring: UploadModel,
        response: { 201: Model, ...errorAnswers },
      },
      handler: async ({ query, body, principal }, reply) => {
        const { name, layout, classes, width, height = width } = query;
        if (!isReadable(body))
          throw new DomainError('INVALID_CONFIGURATION', `body: not ${FILE}`, { field: 'body' });
        const facts = { classes, layout, size: [width, height] as [number, number] };
        const model = await models.install(name, facts, body);
        return reply.code(201).send(shown(model, await seen(principal)));
      },
    });
  });
}

const isReadable = (body: unknown): body is Readable =>
  typeof body === 'object' && body !== null && 'pipe' in body;
