import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { ManagerError } from '@nightjar/contract/manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Installation, OneCamera } from './harness/index.ts';
import { type Described, describedBy } from './manager/described.ts';
import { type Row, rows } from './manager/table.ts';

let one: OneCamera;
let installation: Installation;
let operations: readonly Described[];
const kept: Record<string, string> = {};
const called = new Map<string, Row>();
let answers = 0;

beforeAll(async () => {
  one = await OneCamera.start({ recording: { enabled: true } });
  installation = one.installation;
  operations = await describedBy(installation.api.base);
});
afterAll(() => one?.[Symbol.asyncDispose]());

const filled = (text: string, at: Readonly<Record<string, string>> = {}): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => filled(at[name] ?? kept[name] ?? name, kept));
const urlOf = ({ path, at, query }: Row): string => filled(path, at) + (query ? `?${query}` : '');
const call = (row: Row, headers: Record<string, string> = {}) =>
  installation.api.request(row.method, urlOf(row), row.body, headers);
const codeOf = (body: unknown): string => ManagerError.parse(body).error.code;
const operationOf = ({ method, path }: Row): Described | undefined =>
  operations.find((each) => each.method === method && each.path === path);

/** What of an answer is not as the row and the published shape say; undefined when nothing. */
function faultOf(row: Row, { status, body }: { status: number; body: unknown }): string | undefined {
  const told = `${row.method} ${urlOf(row)}: ${status} ${JSON.stringify(body)}`;
  if (status !== row.status) return `${told}, not ${row.status}`;
  if (row.code !== undefined) return codeOf(body) === row.code ? undefined : `${told}, not ${row.code}`;
  const { error } = operationOf(row)?.shape(status)?.safeParse(body) ?? {};
  if (error) return `${told}: ${error.message}`;
  return row.is && !matches(body, row.is) ? `${told}, not ${JSON.stringify(row.is)}` : undefined;
}

/** Whether everything of `part` is in `whole`. */
function matches(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return whole === part;
  if (typeof whole !== 'object' || whole === null) return false;
  const found = whole as Record<string, unknown>;
  return (
    (!Array.isArray(part) || (Array.isArray(whole) && whole.length === part.length)) &&
    Object.entries(part).every(([key, value]) => matches(found[key], value))
  );
}

/** A port where nobody listens. */
async function silentPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** `recordings.0.filename` of an answer. */
const field = (body: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], body);

/** Calls it, again and again where the row says so; answers what was wrong the last time. */
async function walk(row: Row): Promise<string | undefined> {
  const until = Date.now() + (row.until ? 20_000 : 0);
  for (;;) {
    const answer = await call(row);
    answers++;
    const fault = faultOf(row, answer);
    if (fault !== undefined && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    for (const [name, path] of Object.entries(row.keep ?? {})) kept[name] = String(field(answer.body, path));
    const name = `${row.method} ${row.path}`;
    if (row.code === undefined || !called.has(name)) called.set(name, row);
    return fault;
  }
}

it('every operation answers as the table says, in the shape that is published', async () => {
  const oldest = async () => (await installation.api.recordings('yard')).find(({ duration }) => duration > 3);
  const { created_at } = await eventually('footage in the index', oldest, { timeoutMs: 20_000 });
  const at = (ms: number): string => new Date(Date.parse(created_at) + ms).toISOString();
  const window = { start: at(1_000), end: at(2_000) };
  const failures: string[] = [];
  for (const row of rows({ camera: one.cameras.urls[0]!, silent: await silentPort(), window })) {
    failures.push(...[await walk(row)].filter((fault) => fault !== undefined));
  }
  expect(failures).toEqual([]);
  const left = operations.filter(({ method, path }) => !called.has(`${method} ${path}`));
  console.info(`contract: ${operations.length} operations, ${answers} answers`);
  expect(left.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

/** Everybody's own: nobody is refused, and those of others are not there. */
const isOwn = ({ path }: Row): boolean => path.startsWith('/api/jobs');
/** Media bytes are not counted. */
const isMedia = ({ path }: Row): boolean => path.endsWith('/file');

/** One row of each operation, to be called wrongly. */
const guarded = (): [Row, Described][] =>
  operations.flatMap((operation): [Row, Described][] => {
    const row = called.get(`${operation.method} ${operation.path}`);
    return row && !operation.open ? [[row, operation]] : [];
  });

/** Calls that must be refused, and were not or otherwise. */
async function wrong(
  status: number,
  code: string,
  tries: readonly [Row, Record<string, string>?][],
): Promise<string[]> {
  const found: string[] = tries.length === 0 ? ['nothing was tried'] : [];
  for (const [row, headers] of tries) {
    const answer = await call(row, headers);
    const got = ManagerError.safeParse(answer.body).data?.error.code;
    if (answer.status !== status || got !== code)
      found.push(`${row.method} ${urlOf(row)}: ${answer.status} ${got}`);
  }
  console.info(`contract: ${status} ${code}: ${tries.length} operations, ${found.length} wrong`);
  return found;
}

const tokenOf = async (more: object): Promise<Record<string, string>> => {
  const body = { name: 'contract', scopes: ['clients:read'], ...more };
  const { token } = (await installation.api.expect(201, 'POST', '/api/v1/api-tokens', body)) as {
    token: string;
  };
  return { authorization: `Bearer ${token}` };
};

describe('every operation refuses', () => {
  it('who shows nothing, and who shows a guess', async () => {
    for (const authorization of ['', `Bearer nj_${'x'.repeat(43)}`]) {
      const tries = guarded().map(([row]): [Row, Record<string, string>] => [row, { authorization }]);
      expect(await wrong(401, 'UNAUTHORIZED', tries)).toEqual([]);
    }
  });

  it('who may do other things alone', async () => {
    const headers = await tokenOf({});
    const tries = guarded()
      .filter(([row]) => !isOwn(row))
      .map(([row]): [Row, Record<string, string>] => [row, headers]);
    expect(await wrong(403, 'FORBIDDEN', tries)).toEqual([]);
  });

  it('who asks too often, and says when to come again', async () => {
    const headers = await tokenOf({ scopes: ['streams:read', 'streams:write'], rate_limit: 1 });
    for (const method of ['GET', 'POST']) {
      await installation.api.request(method, '/api/streams', method === 'GET' ? undefined : {}, headers);
    }
    const tries = guarded()
      .filter(([row]) => !isMedia(row))
      .map(([row]): [Row, Record<string, string>] => [row, headers]);
    expect(await wrong(429, 'RATE_LIMITED', tries)).toEqual([]);
    const refused = await installation.api.request('GET', '/api/streams', undefined, headers);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
  });

  it('a stream that is not there', async () => {
    const tries = guarded()
      .filter(([{ path }]) => path.startsWith('/api/streams/{id}'))
      .map(([row]): [Row] => [{ ...row, at: { ...row.at, id: 'nobody' } }]);
    expect(tries.length).toBeGreaterThan(20);
    expect(await wrong(404, 'STREAM_NOT_FOUND', tries)).toEqual([]);
  });

  it('a body that is none, a query that it does not know, and what is no JSON', async () => {
    const bodies = guarded().filter(([, { body }]) => body);
    const queries = guarded().filter(
      ([row, { queries: any }]) => any && !isMedia(row) && row.path !== '/api/events',
    );
    const invalid = [
      ...bodies.flatMap(([row]): [Row][] => [[{ ...row, body: '5' }], [{ ...row, body: '{"a":' }]]),
      ...queries.map(([row]): [Row] => [{ ...row, query: 'no_such_parameter=1' }]),
    ];
    expect(await wrong(400, 'INVALID_CONFIGURATION', invalid)).toEqual([]);
    const text = { 'content-type': 'text/plain' };
    const plain = bodies.map(([row]): [Row, Record<string, string>] => [{ ...row, body: 'a=b' }, text]);
    expect(await wrong(415, 'UNSUPPORTED_MEDIA_TYPE', plain)).toEqual([]);
    const large = bodies.map(([row]): [Row] => [{ ...row, body: JSON.stringify('x'.repeat(300_000)) }]);
    expect(await wrong(413, 'PAYLOAD_TOO_LARGE', large)).toEqual([]);
  });
});

describe('while the engine', () => {
  const command = (verb: string): Row => ({
    ...{ method: 'POST', path: `/api/streams/{id}/${verb}`, at: { id: 'porch' }, status: 200 },
  });

  it('is busy with a command, another is refused', async () => {
    installation.engine.signal('SIGSTOP');
    try {
      await call(command('restart'));
      expect(await wrong(409, 'STREAM_BUSY', [[command('restart')], [command('stop')]])).toEqual([]);
    } finally {
      installation.engine.signal('SIGCONT');
    }
  });

  it('is away, what needs it says so', async () => {
    await installation.engine.stop();
    const row: Row = {
      method: 'POST',
      path: '/api/probe',
      body: { source_url: one.cameras.urls[0] },
      status: 503,
    };
    const away = async () => ((await call(row)).status === 503 ? true : undefined);
    await eventually('the engine is away', away, { timeoutMs: 10_000 });
    expect(await wrong(503, 'ENGINE_UNAVAILABLE', [[row]])).toEqual([]);
  });
});
