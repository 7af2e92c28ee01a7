import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensurePartner } from './demo-partner.ts';

let folder: string;
let file: string;
let server: Server;
let asked: string[];
/** The secret that counts; undefined while there is no client. */
let secret: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-partner-'));
  file = join(folder, 'partner-client.json');
  asked = [];
  secret = undefined;
  const answered = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push(request.url!);
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    if (request.url === '/v2/auth/token') {
      const { client_secret } = (await json(request)) as { client_secret: string };
      answer(client_secret === secret ? 200 : 401, {});
    } else if (request.headers.authorization !== 'Bearer t') answer(403, { detail: 'no' });
    else if (request.url === '/v2/auth/clients' && secret !== undefined) answer(409, {});
    else {
      secret = `secret-${asked.length}`;
      answer(201, { client_id: 'demo-partner', client_secret: secret, scopes: [] });
    }
  };
  server = createServer((request, response) => void answered(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const kept = async () => JSON.parse(await readFile(file, 'utf8'));

test('a client is made once, and its secret kept for this user alone', async () => {
  await ensurePartner(origin(), 't', file);
  expect(await kept()).toMatchObject({ client_id: 'demo-partner', client_secret: secret });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  asked = [];
  await ensurePartner(origin(), 't', file);
  expect(asked).toEqual(['/v2/auth/token']);
});

test('one whose secret is lost or void gets another', async () => {
  secret = 'nobody knows';
  await ensurePartner(origin(), 't', file);
  expect(await kept()).toMatchObject({ client_secret: secret });
  await writeFile(file, '{"client_id": "demo-partner", "client_secret": "old"}');
  await ensurePartner(origin(), 't', file);
  expect(await kept()).toMatchObject({ client_secret: secret });
});

test('a refusal is told', async () => {
  await expect(ensurePartner(origin(), 'wrong', file)).rejects.toThrow('403');
});
