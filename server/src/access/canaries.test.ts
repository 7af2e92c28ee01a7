import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { systemClock } from '../kernel/index.ts';
import { newDataDir, TestServer } from '../testing/index.ts';
import { eventually } from '../testing/test-server.ts';
import { totpCode } from './sign-in/second-factor.ts';

const PASSWORD = 'canary-Pass-71c3-word';
const OTHER = 'canary-Other-9f2e-word';
const GUESS = 'canary-Guess-55aa-word';

interface Secrets {
  [name: string]: string;
}

/** Drives each secret of the ways in through what takes and what gives it; answers all that was said on the way. */
async function drive(server: TestServer, secrets: Secrets): Promise<string[]> {
  const said: string[] = [];
  const call = async (method: string, path: string, body?: unknown, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await server.call(method, path, body, headers);
    said.push(
      `${method} ${path.split('?')[0]} ${answer.status} ${JSON.stringify(answer.headers)} ${answer.text}`,
    );
    return answer.body as Record<string, string>;
  };
  /** An answer that is to show a secret, this once; it is not among what was said. */
  const shows = async (name: string, field: string, answer: Promise<Record<string, string>>) => {
    secrets[name] = (await answer)[field] ?? '';
    said.pop();
    return secrets[name];
  };
  const login = (body: object) => call('POST', '/api/v1/auth/login', body, '');
  await login({ username: 'admin', password: GUESS });
  await login({ username: 'admin', password: [GUESS] });
  await login({ username: 'admin', password: GUESS, extra: GUESS });
  await server.call('POST', '/api/v1/auth/login', `{"username":"admin","password":"${GUESS}"`, {});
  const session = await login({ username: 'admin', password: PASSWORD });
  said.pop();
  secrets['access token'] = session['access_token'] ?? '';
  secrets['refresh token'] = session['refresh_token'] ?? '';
  const me = secrets['access token'];
  const token = await shows(
    'API token',
    'token',
    call('POST', '/api/v1/api-tokens', { name: 't', scopes: ['streams:read'] }),
  );
  await shows(
    'client secret',
    'client_secret',
    call('POST', '/v2/auth/clients', { name: 'c', client_id: 'c', scopes: ['streams:read'] }),
  );
  await shows('totp secret', 'secret', call('POST', '/api/v1/auth/totp', { password: PASSWORD }, me));
  const code = totpCode(secrets['totp secret'] ?? '', systemClock);
  await call('POST', '/api/v1/auth/totp/confirm', { code }, me).then(({ recovery_codes }) => {
    secrets['recovery code'] = recovery_codes?.[0] ?? '';
    said.pop();
  });
  await call('POST', '/api/v1/auth/password', { current_password: GUESS, new_password: OTHER }, me);
  await call('POST', '/api/v1/auth/password', { current_password: PASSWORD, new_password: OTHER }, me);
  await call('POST', '/v2/auth/token', { client_id: 'c', client_secret: `${secrets['client secret']}x` });
  await call('POST', '/v2/auth/token', { client_id: 'c', client_secret: [secrets['client secret']] });
  await call('POST', '/api/v1/auth/refresh', { refresh_token: `${secrets['refresh token']}x` });
  await call('POST', '/api/v1/auth/password-link', { token: GUESS, password: OTHER });
  await call('GET', `/live/x/index.m3u8?ticket=${token}`, undefined, '');
  await call('GET', `/api/events?token=${token}`, undefined, '');
  for (const path of ['users', 'api-tokens', 'sessions', 'audit-logs', 'auth/permissions']) {
    await call('GET', `/api/v1/${path}`);
  }
  await call('GET', '/v2/auth/clients');
  await call('GET', '/api/v1/auth/profile', undefined, me);
  await call('GET', '/api/metrics');
  await call('GET', '/api/config');
  await call('POST', '/api/backup', { destination: 'one.tar.gz' });
  return said;
}

test('no secret of a way in is said, logged, stored in clear or backed up', async () => {
  const dataDir = await newDataDir();
  const server = await TestServer.start({ dataDir, adminPassword: PASSWORD });
  await server.access.signIn(false);
  const secrets: Secrets = {
    password: PASSWORD,
    'new password': OTHER,
    guess: GUESS,
    'admin token': server.token,
  };
  const said = await drive(server, secrets);
  const archive = join(dataDir, 'backups', 'one.tar.gz');
  const backup = await eventually(() => readFile(archive).catch(() => undefined));
  const places: [string, string][] = [
    ...said.map((text): [string, string] => [text.slice(0, 60), text]),
    ...server.logged.map((line): [string, string] => [`log ${line.slice(0, 200)}`, line]),
    ...server.printed.map((line): [string, string] => ['standard output', line]),
    ['the database', await server.stored()],
    ['the backup', gunzipSync(backup).toString('latin1')],
  ];
  await server[Symbol.asyncDispose]();
  const hits = Object.entries(secrets).flatMap(([name, secret]) =>
    places.filter(([, text]) => text.includes(secret)).map(([place]) => `${name} in ${place}`),
  );
  expect(Object.values(secrets).filter((secret) => secret.length < 10)).toEqual([]);
  expect(Object.keys(secrets).length).toBe(10);
  console.info(
    `canaries: ${Object.keys(secrets).length} secrets, ${places.length} places, ${hits.length} hits`,
  );
  expect(hits).toEqual([]);
});
