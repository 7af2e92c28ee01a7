import { afterAll, beforeAll, expect, test } from 'vitest';
import { OwnPort } from './own-port.ts';

const served: (string | undefined)[] = [];
const ports: OwnPort[] = [];
const bases: Record<'token' | 'none', string> = { token: '', none: '' };

beforeAll(async () => {
  for (const auth of ['token', 'none'] as const) {
    const port = new OwnPort({
      config: { port: 0, auth },
      host: '127.0.0.1',
      serve: (request, response) => {
        served.push(request.url);
        response.end('{}');
      },
    });
    ports.push(port);
    bases[auth] = `http://127.0.0.1:${await port.listen()}`;
  }
});
afterAll(() => Promise.all(ports.map((port) => port.close())));

const ask = async (auth: 'token' | 'none', headers: Record<string, string>): Promise<number> =>
  (await fetch(`${bases[auth]}/api/streams`, { headers })).status;

test('where nobody is asked no page is let in, whatever its name; programs are', async () => {
  for (const headers of [
    { origin: 'http://rebound.example:8000', host: 'rebound.example:8000' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
  ])
    expect([headers, await ask('none', headers as Record<string, string>)]).toEqual([headers, 403]);
  expect(served).toEqual([]);
  expect(await ask('none', {})).toBe(200);
  // Where a token is shown the rules of the program's own listener decide.
  expect(await ask('token', { 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(served).toEqual(['/privacy/api/streams', '/privacy/api/streams']);
});
