import { readFile } from 'node:fs/promises';
import { linkKeyPath, openTicket } from '@nightjar/contract/link';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestServer } from '../../testing/index.ts';

let server: TestServer;
let linkKey: Buffer;
beforeAll(async () => {
  server = await TestServer.start();
  linkKey = await readFile(linkKeyPath(server.dataDir));
  for (const id of ['yard', 'door'])
    await server.expect(201, 'POST', '/api/streams', { id, source_url: `rtsp://10.0.0.5/${id}` });
});
afterAll(() => server[Symbol.asyncDispose]());

test('what can be read in a ticket for one stream says nothing of another', async () => {
  const { ticket } = await server.expect<{ ticket: string }>(201, 'POST', '/live/yard/ticket');
  const grant = openTicket(linkKey, ticket, Date.now() / 1000)?.grant ?? '';
  // Everybody who holds the ticket can: it is signed, not sealed.
  expect(Buffer.from(ticket.split('.')[0] ?? '', 'base64url').toString()).toContain(grant);
  expect(await server.access.mayWatch('yard', grant)).toMatchObject({ allowed: true });
  expect(await server.access.mayWatch('door', grant)).toEqual({ allowed: false });
});

test('a grant is no bearer credential', async () => {
  const { ticket } = await server.expect<{ ticket: string }>(201, 'POST', '/live/yard/ticket');
  const grant = openTicket(linkKey, ticket, Date.now() / 1000)?.grant ?? '';
  for (const credential of [grant, ticket]) {
    const headers = { authorization: `Bearer ${credential}` };
    expect((await server.call('GET', '/api/streams', undefined, headers)).status).toBe(401);
  }
});
