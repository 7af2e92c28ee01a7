import { z } from 'zod';

type JsonSchema = Record<string, unknown>;
interface Operation {
  security?: object[];
  parameters?: { name: string; in: string }[];
  requestBody?: { required?: boolean };
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>;
}

/** One operation of `/openapi.json`. */
export interface Described {
  readonly method: string;
  readonly path: string;
  readonly open: boolean;
  readonly body: boolean;
  readonly queries: boolean;
  /** The shape of a JSON answer with that status; undefined where none is told. */
  shape(status: number): z.ZodType | undefined;
}

/** Every operation of the stream manager that a server describes. */
export async function describedBy(base: string): Promise<Described[]> {
  const document = (await (await fetch(`${base}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, JsonSchema> };
  };
  const $defs = document.components.schemas;
  const shapeOf = (schema: JsonSchema): z.ZodType => {
    const whole = JSON.stringify({ ...schema, $defs });
    return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
  };
  return Object.entries(document.paths)
    .filter(([path]) => path === '/health' || /^\/api\/(?!v1|stream-proxy)/.test(path))
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security, parameters = [], requestBody, responses }]) => ({
        ...{ method: method.toUpperCase(), path, open: security?.length === 0 },
        body: requestBody !== undefined,
        queries: parameters.some((parameter) => parameter.in === 'query'),
        shape(status: number) {
          const schema = responses[String(status)]?.content?.['application/json']?.schema;
          return schema && status !== 204 ? shapeOf(schema) : undefined;
        },
      })),
    );
}
