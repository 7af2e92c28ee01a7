import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newDataDir, TestServer } from '../../../testing/index.ts';

/** People of the provider; the login page of its development mode asks for the name alone. */
const ACCOUNTS: Record<string, { groups: string[]; email?: string }> = {
  jane: { groups: ['staff', 'camera-admins'], email: 'jane@example.com' },
  tim: { groups: ['watchers'] },
  eve: { groups: [] },
};
const CLIENT = { id: 'nightjar', secret: 'not-a-real-secret-only-for-this-test' };

let http: Server;
let issuer: string;
let server: TestServer;
let address: string;

beforeEach(async () => {
  http = createServer();
  http.listen(0, '127.0.0.1');
  await new Promise((resolve) => http.once('listening', resolve));
  issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const config = `
limits: {reads_per_minute: 100000, writes_per_minute: 100000}
oidc:
  issuer: ${issuer}
  client_id: ${CLIENT.id}
  name: Example
  roles: {camera-admins: admin, watchers: viewer}
`;
  const dataDir = await newDataDir();
  server = await TestServer.start({ dataDir, config, oidcSecret: CLIENT.secret });
  address = await server.listen();
  await server.access.signIn(false);
  const answer = provider(`${address}/api/v1/auth/oidc/callback`).callback();
  http.on('request', (request, response) => void answer(request, response));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

function provider(redirect: string): Provider {
  return new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirect] }],
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, ...ACCOUNTS[id], preferred_username: id, email_verified: true }),
    }),
    claims: { openid: ['sub', 'groups', 'email', 'email_verified', 'preferred_username'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['only-for-this-test'] },
  });
}

/** A browser as far as redirects, cookies and forms go. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async go(url: string, form?: Record<string, string>): Promise<Response> {
    const target = new URL(url);
    const mine = [...this.#cookies].filter(([name]) => name.startsWith(`${target.host} `));
    const cookie = mine.map(([name, value]) => `${name.split(' ')[1]}=${value}`).join('; ');
    const response = await fetch(target, {
      redirect: 'manual',
      headers: { cookie, accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.#cookies.delete(`${target.host} ${name}`);
      else this.#cookies.set(`${target.host} ${name}`, value ?? '');
    }
    return response;
  }

  /** Follows redirects until `stop` or a page. */
  async follow(
    url: string,
    stop: (url: string) => boolean = () => false,
  ): Promise<{ url: string; response: Response }> {
    let response = await this.go(url);
    let at = url;
    for (let n = 0; n < 10 && response.headers.has('location'); n++) {
      at = new URL(response.headers.get('location') ?? '', at).href;
      if (stop(at)) break;
      response = await this.go(at);
    }
    return { url: at, response };
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(`${new URL(address).host} ${name}`);
  }
}

const isCallback = (url: string): boolean => url.startsWith(`${address}/api/v1/auth/oidc/callback`);

/** Signs in at the provider; answers where it sends the browser back to. */
async function atProvider(browser: Browser, name: string): Promise<string> {
  const login = await browser.follow(`${address}/api/v1/auth/oidc/start`);
  await browser.go(`${login.url}`, { prompt: 'login', login: name, password: 'any' });
  const consent = await browser.follow(
    login.url.replace(/\/interaction\/.*/, '') + resumeOf(login.url),
    isCallback,
  );
  if (isCallback(consent.url)) return consent.url;
  const agreed = await browser.go(consent.url, { prompt: 'consent' });
  const back = await browser.follow(
    new URL(agreed.headers.get('location') ?? '', consent.url).href,
    isCallback,
  );
  return back.url;
}

const resumeOf = (url: string): string => `/auth/${url.split('/').at(-1)}`;

describe('signing in at an identity provider', () => {
  test('is offered by the page', async () => {
    expect((await server.call('GET', '/api/v1/auth/methods', undefined, { authorization: '' })).body).toEqual(
      {
        password: true,
        oidc: { name: 'Example', url: '/api/v1/auth/oidc/start' },
      },
    );
  });

  test('makes the person with the role of their group, and signs them in by cookies', async () => {
    const browser = new Browser();
    const back = await atProvider(browser, 'jane');
    expect(isCallback(back)).toBe(true);
    const done = await browser.go(back);
    expect([done.status, done.headers.get('location')]).toEqual([303, '/']);
    const session = browser.cookie('nj_session') ?? '';
    const profile = await server.call('GET', '/api/v1/auth/profile', undefined, {
      authorization: `Bearer ${session}`,
    });
    expect(profile.body).toMatchObject({ username: 'jane', role: 'admin', email: 'jane@example.com' });
    // The same answer again is worth nothing.
    expect((await browser.go(back)).status).toBe(401);
  });

  test('knows a person again and follows their groups', async () => {
    await new Browser().go(`${address}/health`);
    for (const role of ['viewer', 'admin'] as const) {
      ACCOUNTS['tim'] = { groups: [role === 'admin' ? 'camera-admins' : 'watchers'] };
      const browser = new Browser();
      await browser.go(await atProvider(browser, 'tim'));
      const people = server.rows('people').filter(({ username }) => username === 'tim');
      expect(people.map((row) => row['role'])).toEqual([role]);
    }
  });

  test('keeps out who is in no group, and who is disabled here', async () => {
    const browser = new Browser();
    const answer = await browser.go(await atProvider(browser, 'eve'));
    expect([answer.status, browser.cookie('nj_session')]).toEqual([401, undefined]);
    const jane = new Browser();
    await jane.go(await atProvider(jane, 'jane'));
    const id = server.rows('people').find(({ username }) => username === 'jane')?.['id'];
    await server.expect(200, 'PUT', `/api/v1/users/${String(id)}`, { disabled: true });
    const again = new Browser();
    expect((await again.go(await atProvider(again, 'jane'))).status).toBe(401);
  });

  test('cannot be ended by another browser, with another state or a code of somebody else', async () => {
    const browser = new Browser();
    const back = await atProvider(browser, 'jane');
    expect((await new Browser().go(back)).status).toBe(401);
    const victim = new Browser();
    await victim.go(`${address}/api/v1/auth/oidc/start`);
    expect((await victim.go(back)).status).toBe(401);
    const state = victim.cookie('nj_oidc') ?? '';
    const code = new URL(back).searchParams.get('code') ?? '';
    const mixed = new URLSearchParams({ state, code, iss: issuer });
    expect((await victim.go(`${address}/api/v1/auth/oidc/callback?${mixed}`)).status).toBe(401);
    expect((await victim.go(`${address}/api/v1/auth/oidc/callback`)).status).toBe(401);
    expect(victim.cookie('nj_session')).toBeUndefined();
  });

  test('says so when the provider does not answer', async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    const answer = await server.call('GET', '/api/v1/auth/oidc/start', undefined, { authorization: '' });
    expect([answer.status, answer.body]).toEqual([
      502,
      { statusCode: 502, error: 'Bad Gateway', message: 'The identity provider does not answer' },
    ]);
    http = createServer().listen(0, '127.0.0.1');
  });
});
