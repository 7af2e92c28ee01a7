import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrokenCamera } from './cameras/broken.ts';
import { Browser, Installation, recordsAgain, SyntheticCameras } from './harness/index.ts';
import { FIELDS, FORMED, PASSWORD, PAYLOADS, storeEverywhere } from './hostile/stored.ts';
import { VISITS, visit } from './hostile/visits.ts';

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

describe('what strangers had stored', () => {
  it('is text on every page, whatever it says', async () => {
    const { api } = installation;
    const taken = await storeEverywhere(api, FIELDS);
    await api.expect(200, 'POST', '/api/config/reload');
    // Last, so that it is on the first page of what was written down.
    expect([...(await storeEverywhere(api, FORMED))]).toEqual([]);
    // An installation that refuses what is written to it proves nothing.
    const bare = FIELDS.filter(({ name }) => !taken.has(name));
    expect(bare.map(({ name }) => name)).toEqual([]);
    await using camera = await BrokenCamera.saying(`${PAYLOADS[0]}~reason`);
    await api.addStream({ id: 'hostile', source_url: camera.url, transport: 'tcp' });
    const { page } = browser;
    const called: string[] = [];
    await page.exposeFunction('pwned', (which: number) => called.push(String(which)));
    page.on('dialog', (dialog) => {
      called.push(dialog.message());
      void dialog.dismiss();
    });
    const unseen: string[] = [];
    let foreign = 0;
    for (const each of VISITS) {
      const found = await visit(page, api.base, each);
      unseen.push(...found.unseen);
      foreign += found.foreign;
    }
    const stored = [...taken.values()].reduce((sum, count) => sum + count, 0);
    const places = VISITS.flatMap(({ steps }) => steps.flatMap(([, seen]) => seen));
    console.info(
      `stored: ${stored} texts in ${taken.size} kinds of rows; ${places.length - unseen.length} of ` +
        `${places.length} places seen on ${VISITS.length} pages, ${called.length} ran`,
    );
    expect([unseen, called, foreign]).toEqual([[], [], 0]);
    expect(stolen.filter((url) => url !== '/' && url !== '/favicon.ico')).toEqual([]);
  });
});
