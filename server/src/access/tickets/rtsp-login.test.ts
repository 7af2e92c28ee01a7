import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { linkKeyPath, rtspLoginOf, rtspPassword, rtspProof } from '@nightjar/contract/link';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestServer } from '../../testing/index.ts';

let server: TestServer;
let linkKey: Buffer;
beforeAll(async () => {
  server = await TestServer.start();
  linkKey = await readFile(linkKeyPath(server.dataDir));
  await server.expect(201, 'POST', '/api/streams', { id: 'yard', source_url: 'rtsp://10.0.0.5/a' });
});
afterAll(() => server[Symbol.asyncDispose]());

const login = async (headers: Record<string, string> = {}, body: object = {}) => {
  const answer = await server.call('POST', '/live/yard/rtsp-login', body, headers);
  expect(answer.status).toBe(201);
  return answer.body as { username: string; password: string; rtsp_path: string; expires_in: number };
};
const watches = async (username: string, streamId = 'yard') =>
  (await server.access.mayWatch(streamId, rtspProof(linkKey, streamId, username))).allowed;

describe('a login for RTSP players', () => {
  test('is known to the engine, and counts as long as its owner may watch', async () => {
    const { username, password, rtsp_path, expires_in } = await login();
    expect({ rtsp_path, expires_in }).toEqual({ rtsp_path: '/yard?auth=digest', expires_in: 86_400 });
    expect(rtspPassword(linkKey, 'yard', username, Date.now() / 1000)).toBe(password);
    expect(rtspLoginOf(username)?.sub).toBe('api_token:environment');
    expect(username.length + password.length).toBeLessThanOrEqual(127);
    expect(await watches(username)).toBe(true);
    expect((await server.access.mayWatch('yard', `nl_${username}~${'x'.repeat(22)}`)).allowed).toBe(false);
  });

  test('of a person ends with the sign-in', async () => {
    const password = `${randomBytes(12).toString('base64url')}-Aa1`;
    await server.expect(201, 'POST', '/api/v1/users', { username: 'eve', role: 'viewer', password });
    const signedIn = await server.call(
      'POST',
      '/api/v1/auth/login',
      { username: 'eve', password },
      { authorization: '' },
    );
    const bearer = { authorization: `Bearer ${(signedIn.body as { access_token: string }).access_token}` };
    const { username, password: secret } = await login(bearer);
    expect(username.length + secret.length).toBeLessThanOrEqual(127);
    expect(await watches(username)).toBe(true);
    await server.call('POST', '/api/v1/auth/logout', {}, bearer);
    expect(await watches(username)).toBe(false);
  });

  test.each([{ expires_in: 59 }, { expires_in: 31_536_001 }, { forever: true }])(
    'refuses %j',
    async (body) => {
      expect((await server.call('POST', '/live/yard/rtsp-login', body)).status).toBe(400);
    },
  );
});
