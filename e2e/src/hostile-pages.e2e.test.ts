import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, Installation } from './harness/index.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';

let installation: Installation;
let evil: Server;
let evilPort: number;
let browser: Browser;
/** What was sent to the foreign server, should any of it get out. */
const stolen: string[] = [];

beforeAll(async () => {
  installation = await Installation.start({ env: { NIGHTJAR_ADMIN_PASSWORD: PASSWORD } });
  await installation.api.addStream({ id: 'yard', source_url: 'rtsp://127.0.0.1:10554/x' });
  const attacks = await readFile(new URL('./hostile/attacks.html', import.meta.url));
  evil = createServer((request, response) => {
    stolen.push(request.url ?? '');
    response.setHeader('content-type', 'text/html');
    response.end(attacks);
  });
  evil.listen(0, '127.0.0.1');
  await once(evil, 'listening');
  evilPort = (evil.address() as AddressInfo).port;
  browser = await Browser.start();
  // Signed in as the page is: by cookies that no program of a page can read.
  await browser.page.goto(installation.api.base);
  const status = await browser.page.evaluate(async (password) => {
    const body = JSON.stringify({ username: 'admin', password });
    const headers = { 'content-type': 'application/json' };
    return (await fetch('/api/v1/auth/login', { method: 'POST', headers, body })).status;
  }, PASSWORD);
  expect(status).toBe(200);
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  evil?.close();
  await installation?.[Symbol.asyncDispose]();
});

const cookies = async () =>
  (await browser.page.context().cookies(installation.api.base)).map(({ name }) => name).toSorted();

/** What the foreign page got hold of, attack by attack; `nothing` is what it should be. */
const attack = (): Promise<Record<string, string>> =>
  browser.page.evaluate(`attack(${JSON.stringify(installation.api.base)})`);

describe('a page of another site', () => {
  // By another port it is the same site and another origin; by another name it is another site altogether.
  it.each(['127.0.0.1', 'localhost'])('at %s gets nothing and changes nothing', async (host) => {
    const people = await installation.api.expect(200, 'GET', '/api/v1/users');
    const before = await cookies();
    await browser.page.goto(`http://${host}:${evilPort}/`);
    const tried = await attack();
    console.info(`${host}: ${Object.keys(tried).length} attacks`);
    expect(Object.entries(tried).filter(([, got]) => got !== 'nothing')).toEqual([]);
    expect(await installation.api.expect(200, 'GET', '/api/v1/users')).toEqual(people);
    expect((await installation.api.streams()).map(({ id }) => id)).toEqual(['yard']);
    expect(await cookies()).toEqual(before);
    await browser.page.goto(installation.api.base);
    const own = await browser.page.evaluate(async () => (await fetch('/api/streams')).status);
    expect(own).toBe(200);
  });

  it('finds the page in no frame, and its window cut off', async () => {
    await browser.page.goto(`http://localhost:${evilPort}/`);
    const seen = await browser.page.evaluate(`(async () => {
      const opened = window.open(${JSON.stringify(installation.api.base)});
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return { closed: opened?.closed ?? true, length: opened?.length ?? 0 };
    })()`);
    // Cross-Origin-Opener-Policy parts the two windows: to its opener the page looks closed.
    expect(seen).toEqual({ closed: true, length: 0 });
  });
});

const PAYLOADS = [
  '<img src=x onerror=pwned(1)>',
  '"><script>pwned(2)</script>',
  "'-pwned(3)-'",
  '<svg/onload=pwned(4)>',
  'javascript:pwned(5)',
  '{{constructor.constructor("pwned(6)")()}}',
  '</title><script>pwned(7)</script>',
  '\u2028<iframe srcdoc="<script>parent.pwned(8)</script>">',
];

describe('what strangers had stored', () => {
  it('is text on every page, whatever it says', async () => {
    const { api } = installation;
    const refused: string[] = [];
    for (const [n, payload] of PAYLOADS.entries()) {
      const path = `/x?name=${encodeURIComponent(payload)}`;
      const stream = { id: `xss-${n}`, source_url: `rtsp://127.0.0.1:10554${path}` };
      const answer = await api.request('POST', '/api/streams', stream);
      if (answer.status !== 201) refused.push(payload);
      await api.expect(201, 'POST', '/api/v1/api-tokens', { name: payload, scopes: ['streams:read'] });
      await api.expect(201, 'POST', '/v2/auth/clients', { name: payload, scopes: ['streams:read'] });
      await api.request('POST', '/api/v1/users', { username: payload, role: 'viewer' });
      await api.request('POST', '/api/v1/auth/login', { username: payload, password: payload });
    }
    expect(refused).toEqual([]);
    const { page } = browser;
    const called: string[] = [];
    await page.exposeFunction('pwned', (which: number) => called.push(String(which)));
    page.on('dialog', (dialog) => {
      called.push(dialog.message());
      void dialog.dismiss();
    });
    const places = [
      '/',
      ...PAYLOADS.map((_, n) => `/cameras/xss-${n}`),
      `/${encodeURIComponent(PAYLOADS[0]!)}`,
      '/docs',
    ];
    for (const place of places) {
      await page.goto(`${installation.api.base}${place}`);
      // The address of a camera is among its facts; the page itself is never quiet, it asks on and on.
      if (place.startsWith('/cameras/')) await page.locator('.facts', { hasText: '/x' }).waitFor();
      else if (place === '/docs') await page.waitForLoadState('networkidle');
      else await page.locator('h1').waitFor();
    }
    expect(called).toEqual([]);
    const foreign = await page.evaluate(`document.querySelectorAll('[onerror],[onload]').length`);
    expect(foreign).toBe(0);
    expect(stolen.filter((url) => url !== '/' && url !== '/favicon.ico')).toEqual([]);
  });
});
