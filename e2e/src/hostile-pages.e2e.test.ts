import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, Installation, recordsAgain, SyntheticCameras } from './harness/index.ts';
import { FIELDS, FORMED, PAYLOADS, storeEverywhere } from './hostile/stored.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';

let installation: Installation;
let cameras: SyntheticCameras;
let evil: Server;
let evilPort: number;
let browser: Browser;
/** What was sent to the foreign server, should any of it get out. */
const stolen: string[] = [];

beforeAll(async () => {
  installation = await Installation.start({ env: { NIGHTJAR_ADMIN_PASSWORD: PASSWORD } });
  cameras = await SyntheticCameras.start({ count: 1 });
  const source_url = cameras.urls[0]!;
  await installation.api.addStream({ id: 'yard', source_url, recording: { enabled: true } });
  await recordsAgain(installation, ['yard'], new Set(), 15_000);
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
  await cameras?.[Symbol.asyncDispose]();
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

/** Pages, each with what is there when it is shown. */
const PLACES: readonly (readonly [path: string, shown: string])[] = [
  ...['/', '/timeline', '/account'].map((path) => [path, 'h1, [data-page]'] as const),
  ...['dashboard', 'recordings', 'events', 'alerts', 'storage', 'people', 'system', 'cameras'].map(
    (name) => [`/${name}`, `[data-page="${name}"]`] as const,
  ),
  ['/bookmarks', '[data-page="captures"]'],
  ['/cameras/cam-0', '.facts'],
  ...PAYLOADS.map((_, n) => [`/cameras/xss-${n}`, '.facts'] as const),
  [`/${encodeURIComponent(PAYLOADS[0]!)}`, 'h1'],
];

describe('what strangers had stored', () => {
  it('is text on every page, whatever it says', async () => {
    const { api } = installation;
    expect([...(await storeEverywhere(api, FORMED))]).toEqual([]);
    const taken = await storeEverywhere(api, FIELDS);
    // An installation that refuses what is written to it proves nothing; a sign-in by these names is refused.
    const bare = FIELDS.filter(({ name }) => name !== 'sign-in' && !taken.has(name));
    expect(bare.map(({ name }) => name)).toEqual([]);
    const { page } = browser;
    const called: string[] = [];
    await page.exposeFunction('pwned', (which: number) => called.push(String(which)));
    page.on('dialog', (dialog) => {
      called.push(dialog.message());
      void dialog.dismiss();
    });
    const shown = new Set<string>();
    let foreign = 0;
    for (const [path, there] of PLACES) {
      await page.goto(`${api.base}${path}`);
      await page.locator(there).first().waitFor();
      const text = await page.evaluate('document.body.innerHTML');
      // What is a text in the page is written with entities.
      if (String(text).includes('&lt;img src=x onerror=pwned(1)')) shown.add(path);
      foreign += await page.evaluate<number>(
        `document.querySelectorAll('[onerror],[onload],[srcdoc]').length`,
      );
    }
    await page.goto(`${api.base}/docs`);
    await page.locator('.swagger-ui .info').first().waitFor({ timeout: 60_000 });
    const stored = [...taken.values()].reduce((sum, count) => sum + count, 0);
    console.info(
      `stored: ${stored} texts in ${taken.size} kinds of rows, seen on ${shown.size} of ${PLACES.length} pages, ${called.length} ran`,
    );
    expect([called, foreign]).toEqual([[], 0]);
    expect(stolen.filter((url) => url !== '/' && url !== '/favicon.ico')).toEqual([]);
  });
});
