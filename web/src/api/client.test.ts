import { describe, expect, it } from 'vitest';
import { ApiError, apiErrorFrom, fieldProblems } from './api-error.ts';
import { ApiClient, movieName, moviePath, recordedPlaylistPath } from './client.ts';
import { problemText } from './problem.ts';

type Call = { path: string; method: string; headers: Headers; body: unknown };

function client(...answers: (Response | Error)[]) {
  const calls: Call[] = [];
  const fetchFake = async (path: string, init: RequestInit) => {
    calls.push({
      path,
      method: init.method ?? 'GET',
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : null,
    });
    const answer = answers.shift() ?? new Response(null, { status: 204 });
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const by = (options: Partial<ConstructorParameters<typeof ApiClient>[0]> = {}) =>
    new ApiClient({ token: 'secret', fetch: fetchFake as typeof fetch, ...options });
  return { calls, api: by(), by };
}

const streams = (count: number) =>
  Response.json({ streams: Array.from({ length: count }, (_, id) => ({ id })) });

describe('requests', () => {
  it('carries the token in the header and never in the address', async () => {
    const { api, calls } = client(streams(2));
    expect(await api.listStreams()).toHaveLength(2);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.headers.get('authorization')).toBe('Bearer secret');
    expect(calls[0]?.path).not.toContain('secret');
    expect(calls[0]?.headers.has('content-type')).toBe(false);
  });

  it('of a session in a cookie carry its CSRF token where they change something', async () => {
    const { by, calls } = client(Response.json({}), Response.json({}));
    const api = by({ token: null, csrf: () => 'c' });
    await api.get('/api/x');
    await api.post('/api/x', {});
    expect(calls.map(({ headers }) => headers.get('x-csrf-token'))).toEqual([null, 'c']);
    expect(calls.some(({ headers }) => headers.has('authorization'))).toBe(false);
  });

  it('are made once more when the session could be renewed, and never with a token', async () => {
    const refused = () => new Response('{}', { status: 401 });
    const { by, calls } = client(refused(), Response.json({ ok: 1 }), refused(), refused(), refused());
    expect(await by({ token: null, renew: async () => true }).get('/api/x')).toEqual({ ok: 1 });
    await expect(by({ token: null, renew: async () => false }).get('/api/x')).rejects.toThrow();
    await expect(by({ renew: async () => true }).get('/api/x')).rejects.toThrow();
    expect(calls).toHaveLength(4);
  });

  it('reads every page of a long list', async () => {
    const { api, calls } = client(streams(500), streams(500), streams(3));
    expect(await api.listStreams()).toHaveLength(1003);
    expect(calls.map((call) => call.path)).toEqual([
      '/api/streams?limit=500&offset=0',
      '/api/streams?limit=500&offset=500',
      '/api/streams?limit=500&offset=1000',
    ]);
  });

  it('uses the verbs and paths of the interface', async () => {
    const { api, calls } = client();
    await api.createStream({ id: 'a', source_url: 'rtsp://h/', recording: { enabled: true } });
    await api.setRecording('a', false);
    await api.command('a', 'restart');
    await api.removeStream('a/b');
    expect(calls.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/api/streams', { id: 'a', source_url: 'rtsp://h/', recording: { enabled: true } }],
      ['PUT', '/api/streams/a', { recording: { enabled: false } }],
      ['POST', '/api/streams/a/restart', null],
      ['DELETE', '/api/streams/a%2Fb', null],
    ]);
    expect(calls[0]?.headers.get('content-type')).toBe('application/json');
  });

  it('asks for recordings and footage between two instants', async () => {
    const { api, calls } = client(Response.json({ recordings: [] }), new Response('film'));
    const [since, until] = [new Date('2026-01-15T00:00:00Z'), new Date('2026-01-16T00:00:00Z')];
    await api.listRecordings('a', since, until);
    expect(calls[0]?.path).toBe(
      '/api/streams/a/recordings?start_date=2026-01-15T00%3A00%3A00.000Z&end_date=2026-01-16T00%3A00%3A00.000Z&limit=500',
    );
    const { signal } = new AbortController();
    const of = { id: 'a/b', start: since.getTime(), end: until.getTime() };
    const film = await api.blob(moviePath(of), signal);
    expect(await film.text()).toBe('film');
    const range = 'start=2026-01-15T00%3A00%3A00.000Z&end=2026-01-16T00%3A00%3A00.000Z';
    expect(calls[1]?.path).toBe(`/live/a%2Fb/play.mp4?${range}`);
    expect(recordedPlaylistPath({ ...of, id: 'a' })).toBe(`/live/a/playback.m3u8?${range}`);
    expect(recordedPlaylistPath({ ...of, original: true })).toBe(
      `/live/a%2Fb/playback.m3u8?${range}&original=true`,
    );
    expect([movieName({ ...of, id: 'a' }), movieName({ ...of, id: 'a', original: true })]).toEqual([
      'a_2026-01-15_00-00-00Z.mp4',
      'a_2026-01-15_00-00-00Z_original.mp4',
    ]);
  });
});

describe('failures', () => {
  const body =
    '{"error":{"code":"STREAM_NOT_FOUND","message":"Stream not found","details":{"stream_id":"a"}}}';

  it.each([
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'refused'],
    [429, 'rate_limited'],
    [500, 'server'],
    [502, 'network'],
    [503, 'network'],
    [504, 'network'],
  ] as const)('%d is %s', (status, kind) => {
    const error = apiErrorFrom(status, body, null);
    expect(error).toMatchObject({ kind, status, code: 'STREAM_NOT_FOUND', message: 'Stream not found' });
    expect(error.details).toEqual({ stream_id: 'a' });
  });

  it.each(['', '<html>', 'null', '[]', '{"error":"no"}', '{"error":{"code":7,"details":[]}}'])(
    'shows nothing of a body that is no error: %s',
    (text) => {
      expect(apiErrorFrom(500, text, null)).toMatchObject({ code: '', message: 'HTTP 500', details: {} });
    },
  );

  it.each([
    ['17', 17],
    [null, 5],
    ['soon', 5],
    ['-1', 5],
  ])('waits as long as it is told: %s', (header, seconds) => {
    expect(apiErrorFrom(429, '', header).retryAfter).toBe(seconds);
    expect(apiErrorFrom(500, '', header).retryAfter).toBe(0);
  });

  it('reads what S3 says, field by field', () => {
    const lines = ['username: is taken', 'password: too short'];
    const error = apiErrorFrom(400, JSON.stringify({ statusCode: 400, error: 'Bad', message: lines }), null);
    expect(error.message).toBe('username: is taken. password: too short');
    expect(fieldProblems(error)).toEqual({ username: 'is taken', password: 'too short' });
    const one = apiErrorFrom(409, '{"statusCode":409,"error":"Conflict","message":"It is taken"}', null);
    expect([one.message, fieldProblems(one)]).toEqual(['It is taken', {}]);
    const details = { field: 'id', issues: 7 };
    const manager = { error: { code: 'INVALID_CONFIGURATION', message: 'id: too odd', details } };
    expect(fieldProblems(apiErrorFrom(400, JSON.stringify(manager), null))).toEqual({ id: 'too odd' });
    expect(fieldProblems(new Error('x'))).toEqual({});
  });

  it('throws what the server said', async () => {
    const { api } = client(new Response(body, { status: 404 }));
    await expect(api.get('/api/streams/a')).rejects.toMatchObject({
      kind: 'refused',
      code: 'STREAM_NOT_FOUND',
    });
  });

  it('throws the same kind of error without an answer or with nonsense', async () => {
    const { api } = client(new TypeError('fetch failed'), new Response('<html>'));
    await expect(api.listStreams()).rejects.toMatchObject({ kind: 'network', status: 0 });
    await expect(api.listStreams()).rejects.toMatchObject({ kind: 'server', status: 200 });
  });

  it('has a sentence for each', () => {
    const sentence = (status: number, code = 'X') =>
      problemText(apiErrorFrom(status, `{"error":{"code":"${code}","message":"From the server"}}`, '3'));
    expect(sentence(400)).toBe('From the server');
    expect(sentence(409, 'STREAM_BUSY')).toContain('busy');
    expect(sentence(429)).toContain('3 s');
    const all = [400, 401, 403, 429, 500, 503].map((status) => sentence(status));
    expect(new Set(all).size).toBe(all.length);
    expect(problemText(new Error('internal path /x'))).not.toContain('/x');
    expect(problemText(new ApiError('network', 'x'))).toBe(sentence(503));
  });
});
