import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/index.ts';

interface Schema {
  $ref?: string;
  examples?: unknown[];
}
interface Media {
  content?: { 'application/json'?: { schema: Schema } };
}
interface Operation {
  summary?: string;
  tags?: string[];
  requestBody?: Media;
  responses: Record<string, Media>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

let server: TestServer;
let document: Document;
beforeAll(async () => {
  server = await TestServer.start();
  document = await server.expect<Document>(200, 'GET', '/openapi.json');
});
afterAll(() => server[Symbol.asyncDispose]());

/** As the platform's document lists them. */
const LISTED = `
POST auth/login
POST auth/refresh
GET auth/profile
GET auth/permissions
GET cameras
POST cameras
PUT cameras/{id}
DELETE cameras/{id}
POST cameras/{id}/activate
POST cameras/{id}/deactivate
POST cameras/{id}/toggle-recording
GET streaming/camera/{id}/urls
GET streaming/camera/{id}/hls
POST streaming/auth
POST streaming/publish-start
POST streaming/publish-end
GET recordings
GET recordings/{id}
GET recordings/{id}/download
GET recordings/{id}/signed-url
POST recordings/{id}/archive
DELETE recordings/{id}
GET dashboard/stats
GET dashboard/analytics/cameras
GET dashboard/analytics/recordings
GET dashboard/system/metrics
GET dashboard/activity
POST api-tokens
GET api-tokens
PUT api-tokens/{id}
POST api-tokens/{id}/revoke
DELETE api-tokens/{id}
`
  .trim()
  .split('\n')
  .map((line) => line.split(' ') as [string, string]);

const schemaOf = ({ content }: Media): Schema | undefined => {
  const schema = content?.['application/json']?.schema;
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : document.components.schemas[name];
};
const operationOf = (method: string, path: string): Operation | undefined =>
  document.paths[`/api/v1/${path}`]?.[method.toLowerCase()];

test('the listed endpoints are 32, of more than 50', () => {
  expect(LISTED).toHaveLength(32);
  const all = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/v1/'));
  const count = all.reduce((sum, [, operations]) => sum + Object.keys(operations).length, 0);
  expect(count).toBeGreaterThan(50);
});

test.each(LISTED)('%s %s is described, with examples of what is asked and answered', (method, path) => {
  const operation = operationOf(method, path);
  expect(operation?.summary).toBeTruthy();
  expect(operation?.tags?.length).toBeGreaterThan(0);
  const body = operation?.requestBody && schemaOf(operation.requestBody);
  if (body) expect(body.examples?.length).toBeGreaterThan(0);
  const answers = Object.entries(operation?.responses ?? {});
  const good = answers.filter(([code]) => code.startsWith('2')).map(([, answer]) => schemaOf(answer));
  for (const schema of good)
    if (schema && operation?.responses['204'] === undefined) {
      expect(schema.examples?.length).toBeGreaterThan(0);
    }
});

test('errors are described by example as well', () => {
  expect(document.components.schemas['PlatformError']?.examples?.length).toBeGreaterThan(1);
});
