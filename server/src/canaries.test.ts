import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, FakeEngine, newDataDir, TestServer } from './testing/index.ts';

const CANARIES = {
  username: 'canary-user-71c3',
  password: 'canary-pass-9f2e',
  second: 'canary-second-55aa',
  query: 'canary-query-d00d',
};
const escaped = (text: string) => text.replaceAll('-', '%2D');

/** Secrets driven through every way in; then no way out may show one. */
test('no secret of a camera comes out anywhere but on the link', async () => {
  const dataDir = await newDataDir();
  const answers: string[] = [];
  const server = await TestServer.start({ dataDir });
  await server.listen();
  const call = async (method: string, url: string, body?: unknown, headers?: Record<string, string>) => {
    const answer = await server.call(method, url, body, headers);
    answers.push(`${method} ${answer.status} ${JSON.stringify(answer.headers)} ${answer.text}`);
    return answer;
  };
  const { username, password, second, query } = CANARIES;
  const url = (host: string, pass = password) => `rtsp://${username}:${pass}@${host}/live?password=${query}`;

  expect((await call('POST', '/api/streams', { id: 'a', source_url: url('10.0.0.5:554') })).status).toBe(201);
  expect(
    (await call('POST', '/api/streams', { id: 'b', source_url: url('10.0.0.6', escaped(password)) })).status,
  ).toBe(201);
  for (const bad of [
    { id: 'a', source_url: url('10.0.0.5') },
    { id: 'c', source_url: url('127.0.0.1') },
    { id: 'c', source_url: url('10.0.0.5:22') },
    { id: 'c', source_url: url('127.1') },
    { id: 'c', source_url: url('host name') },
    { id: 'c', source_url: url('10.0.0.5#x') },
    { id: 'c', source_url: url('10.0.0.5').replace('rtsp', 'mms') },
    { id: 'c', source_url: `rtsp://${username}:${password}/x@10.0.0.5/` },
    { id: 'c/d', source_url: url('10.0.0.5') },
    { id: 'c', source_url: url('10.0.0.5'), recording: password },
    { id: 'c', source_url: [url('10.0.0.5')] },
    `{"id":"c","source_url":"${url('10.0.0.5')}"`,
  ]) {
    expect((await call('POST', '/api/streams', bad)).status).toBeGreaterThanOrEqual(400);
  }
  const shown = (await call('GET', '/api/streams/a')).body as { source_url: string };
  expect(shown.source_url).toBe('rtsp://***:***@10.0.0.5:554/live?password=***');

  await using engine = await FakeEngine.start(dataDir);
  const sourceOf = (
    wanted: string,
    holds: (source: { url: string; password?: string | undefined }) => boolean,
  ) => engine.desired(({ streams }) => streams.some(({ id, source }) => id === wanted && holds(source)));
  await sourceOf('a', (source) => source.password === password && source.url.includes(query));
  await sourceOf('b', (source) => source.password === password);

  // The shown URL comes back: what was stored stays, whatever else changes.
  const back = { source_url: shown.source_url, recording: { enabled: true } };
  expect((await call('PUT', '/api/streams/a', back)).status).toBe(200);
  await engine.desired(({ streams }) =>
    streams.some(
      ({ id, source, recording }) => id === 'a' && recording.enabled && source.password === password,
    ),
  );
  const moved = { source_url: 'rtsp://***:***@10.0.0.5:554/other' };
  expect((await call('PUT', '/api/streams/a', moved)).status).toBe(200);
  await sourceOf('a', (source) => source.url === 'rtsp://10.0.0.5:554/other' && source.password === password);
  for (const elsewhere of ['rtsp://***:***@10.0.0.7/live', 'rtsp://***:***@10.0.0.5:8554/live']) {
    expect((await call('PUT', '/api/streams/a', { source_url: elsewhere })).status).toBe(400);
  }
  expect((await call('PUT', '/api/streams/a', { source_url: url('10.0.0.5', second) })).status).toBe(200);
  await sourceOf('a', (source) => source.password === second);
  expect((await call('PUT', '/api/streams/a', { source_url: 'rtsp://10.0.0.5/open' })).status).toBe(200);
  await sourceOf('a', (source) => source.password === undefined);

  // What the engine says may quote a URL.
  const at = new Date().toISOString();
  const message = `DESCRIBE ${url('10.0.0.6')} failed`;
  const fact = { kind: 'stream.state', stream_id: 'b', state: 'failed', previous: 'connecting', at } as const;
  await engine.acknowledged(engine.fact({ ...fact, fault: 'auth_failed', message }));
  engine.send(JSON.stringify({ type: 'facts', facts: [{ seq: 2, fact: { kind: password } }] }));
  await eventually(() => (server.logged.some((line) => line.includes('given up')) ? true : undefined));

  for (const path of ['', '/a', '/b', '/b/metrics', '/b/recordings'])
    await call('GET', `/api/streams${path}`);
  await call('GET', '/api/streams/b', undefined, { authorization: `Bearer ${password}` });
  await call('GET', `/live/b/index.m3u8?ticket=${password}`);
  await call('GET', '/openapi.json');
  await server.close();

  const files = (await readdir(dataDir, { recursive: true })).map((entry) => join(dataDir, entry));
  const stored: [string, string][] = [];
  for (const file of files) {
    if ((await stat(file)).isFile()) stored.push([file, (await readFile(file)).toString('latin1')]);
  }
  const hits: string[] = [];
  const look = (place: string, text: string) => {
    for (const [name, canary] of Object.entries(CANARIES)) {
      if (text.includes(canary) || text.includes(escaped(canary))) hits.push(`${name} in ${place}`);
    }
  };
  for (const answer of answers) look(answer.slice(0, 60), answer);
  for (const line of server.logged) look(`log: ${line.slice(0, 200)}`, line);
  for (const line of server.printed) look('stdout', line);
  for (const [file, text] of stored) look(file, text);
  expect(hits).toEqual([]);
  expect(answers.length).toBeGreaterThan(25);
  expect(server.logged.length).toBeGreaterThan(25);
  await rm(dataDir, { recursive: true, force: true });
});
