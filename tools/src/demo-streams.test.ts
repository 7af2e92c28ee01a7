import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { demoStreams, ensureStream } from './demo-streams.ts';

interface Call {
  line: string;
  authorization: string | undefined;
  body: unknown;
}

const [yard] = demoStreams(8664);

/** Answers each request by its line, for example `GET /api/streams/yard`, and keeps what was asked. */
async function withServer(
  answers: Readonly<Record<string, [status: number, body: object]>>,
  act: (origin: string) => Promise<void>,
): Promise<Call[]> {
  const calls: Call[] = [];
  const read = async (request: IncomingMessage): Promise<[number, object]> => {
    const line = `${request.method} ${request.url}`;
    const body = request.method === 'GET' ? undefined : await json(request);
    calls.push({ line, authorization: request.headers.authorization, body });
    return answers[line] ?? [500, {}];
  };
  const server = createServer((request, response) => {
    void read(request).then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return calls;
}

test('a stream that is not there is created, recorded', async () => {
  const calls = await withServer(
    { 'GET /api/streams/yard': [404, {}], 'POST /api/streams': [201, { id: 'yard' }] },
    (origin) => ensureStream(origin, 'token', yard!),
  );
  expect(calls).toEqual([
    { line: 'GET /api/streams/yard', authorization: 'Bearer token', body: undefined },
    {
      line: 'POST /api/streams',
      authorization: 'Bearer token',
      body: { id: 'yard', source_url: 'rtsp://127.0.0.1:8664/yard', recording: { enabled: true } },
    },
  ]);
});

test('one that is there is left alone', async () => {
  const calls = await withServer({ 'GET /api/streams/yard': [200, yard!] }, (origin) =>
    ensureStream(origin, 'token', yard!),
  );
  expect(calls.map(({ line }) => line)).toEqual(['GET /api/streams/yard']);
});

test('one whose camera has another port follows it', async () => {
  const before = { ...yard!, source_url: 'rtsp://127.0.0.1:1/yard' };
  const calls = await withServer(
    { 'GET /api/streams/yard': [200, before], 'PUT /api/streams/yard': [200, {}] },
    (origin) => ensureStream(origin, 'token', yard!),
  );
  expect(calls.at(-1)).toMatchObject({
    line: 'PUT /api/streams/yard',
    body: { source_url: 'rtsp://127.0.0.1:8664/yard' },
  });
});

test.each<[string, Record<string, [number, object]>]>([
  ['GET /api/streams/yard', { 'GET /api/streams/yard': [401, {}] }],
  ['POST /api/streams', { 'GET /api/streams/yard': [404, {}], 'POST /api/streams': [400, {}] }],
  [
    'PUT /api/streams/yard',
    { 'GET /api/streams/yard': [200, { source_url: 'rtsp://x/' }], 'PUT /api/streams/yard': [400, {}] },
  ],
])('a refused %s is told', async (_, answers) => {
  await withServer(answers, async (origin) => {
    await expect(ensureStream(origin, 'token', yard!)).rejects.toThrow(/the server answered 40[01]/);
  });
});
