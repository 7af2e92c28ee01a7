import { gzipSync } from 'node:zlib';
import { readClockBar } from '@nightjar/media/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greyFrames, probe } from '../footage/ffmpeg.ts';
import { eventually, minuteDifference, type ProductPage } from '../harness/index.ts';
import { clockOf, faultsOf, OnePage, PASSWORD, PICTURE, WIDE } from './one-page.ts';

const VIEWER_PASSWORD = 'Kp3vN8sTq6Yd1Hc5';
/** Seconds recorded before a moment of it is looked for. */
const RECORDED = 8;

let one: OnePage;
let page: Page;
let product: ProductPage;

beforeAll(async () => {
  one = await OnePage.start({ cameras: 2 });
  ({ page, product } = one);
});

afterAll(() => one?.[Symbol.asyncDispose]());

/** By a link of the page itself, as a person goes. */
const goTo = async (path: string, name: string) => {
  await page.locator(`nav a[href="${path}"]:visible`).first().click();
  await page.locator(`[data-page="${name}"]`).waitFor();
};

describe('an administrator', () => {
  it('signs in, and is told to add a first camera', async () => {
    await product.goto('/');
    await product.signInAs('admin', 'wrong-password');
    await page.locator('.field-problem').waitFor();
    // The browser itself says that a sign-in was refused.
    one.browser.complaints.length = 0;
    await product.signInAs('admin', PASSWORD);
    await page.locator('a[href="/cameras/new"]').click();
    await page.locator('[data-page="add-camera"]').waitFor();
  });

  it('looks a camera over, adds it, and watches it', async () => {
    await page.locator('input[name="camera-url"]').fill(one.cameras.urls[0]!);
    await product.part('check').click();
    await product.part('findings').waitFor({ timeout: 30_000 });
    expect(await product.part('findings').textContent()).toContain('H.264');
    await page.locator('button[type="submit"]').click();
    await page.locator('.field-problem').waitFor();
    await page.locator('input[name="camera-id"]').fill('yard');
    await page.locator('button[type="submit"]').click();
    await page.waitForURL(`${one.installation.api.base}/cameras/yard`);
    await product.playing('yard', 20_000);
    await one.installation.api.addStream({ id: 'door', source_url: one.cameras.urls[1]! });
  });

  it('finds a moment on the timeline by the clock in the picture, and saves a part', async () => {
    const enough = async () => {
      const [row] = await one.installation.api.recordings('yard');
      return row && row.duration > RECORDED ? row : undefined;
    };
    const row = await eventually('footage', enough, { timeoutMs: 30_000 });
    const asked = Date.parse(row.created_at) + 1_000;
    await goTo('/timeline', 'timeline');
    await product.goto(`/timeline?cameras=yard&at=${asked}`);
    const pane = page.locator('[data-pane="yard"]');
    await page.locator('[data-pane="yard"][data-phase="paused"]').waitFor({ timeout: 20_000 });
    await eventually(
      'the picture of the asked second',
      async () => {
        const shown = await clockOf(page);
        const apart =
          shown === undefined ? undefined : minuteDifference(shown - one.cameras.clockAt(0, asked));
        if (apart !== undefined && Math.abs(apart) <= 1_000) return true;
        throw new Error(`the picture is ${apart} ms from it`);
      },
      { timeoutMs: 30_000 },
    );
    expect(Math.abs(Number(await pane.getAttribute('data-at')) - asked)).toBeLessThan(1_000);
    await product.part('choose-range').click();
    const bar = page.locator('[data-timeline]');
    await bar.focus();
    await page.keyboard.press('ArrowRight');
    const there = async () => Number(await pane.getAttribute('data-at')) > asked + 4_000;
    await eventually('the moment 5 s later', there, { timeoutMs: 10_000 });
    await product.part('end-here').click();
    const download = page.waitForEvent('download');
    await page.locator('[data-download="yard"]').click();
    const path = await (await download).path();
    const { duration, video } = await probe(path);
    expect(duration).toBeGreaterThan(3.5);
    expect(duration).toBeLessThan(5.5);
    const hidden = video!.packets.filter(({ pts }) => pts < -0.00001).length;
    const [first] = (await greyFrames(path, PICTURE, ['-t', '0.5'])).slice(hidden);
    const clock = readClockBar({ data: first!, ...PICTURE })!;
    expect(Math.abs(minuteDifference(clock - one.cameras.clockAt(0, asked)))).toBeLessThanOrEqual(1_000);
  });

  it('invites a viewer of one camera, makes a token, and finds both in the audit log', async () => {
    await goTo('/people', 'people');
    await product.part('new-user').click();
    await page.locator('input[name="new-username"]').fill('guest');
    await page.locator('input[name="reach"][value="granted"]').check();
    await page.locator('[data-grant="yard"]').check();
    await page.locator('[role="dialog"] button[type="submit"]').click();
    const link = await page.locator('[role="dialog"] pre').textContent();
    await page.locator('[role="dialog"] button').first().click();
    await page.locator('[data-tab="tokens"]').click();
    await product.part('new-token').click();
    await page.locator('input[name="token-name"]').fill('doorbell');
    await page.locator('[role="dialog"] button[type="submit"]').click();
    const token = await page.locator('[role="dialog"] pre').textContent();
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${one.installation.api.base}/api/streams`, { headers })).status).toBe(200);
    await page.locator('[role="dialog"] button').first().click();
    await page.locator('[data-tab="audit"]').click();
    await page
      .locator('td', { hasText: 'api-tokens' })
      .or(page.locator('td', { hasText: 'token' }))
      .first()
      .waitFor();

    await page.context().clearCookies();
    await page.goto(link!);
    await page.locator('input[name="password-fresh"]').fill(VIEWER_PASSWORD);
    await page.locator('input[name="password-again"]').fill(VIEWER_PASSWORD);
    await page.locator('button[type="submit"]').click();
    await page.locator('[role="status"]').waitFor();
  });
});

describe('a viewer of one camera', () => {
  it('sees that camera and no forbidden control, and the server refuses what the page hides', async () => {
    one.browser.complaints.length = 0;
    await product.goto('/');
    await product.signInAs('guest', VIEWER_PASSWORD);
    await page.locator('[data-stream="yard"]').waitFor();
    expect(await page.locator('[data-stream]').count()).toBe(1);
    for (const hidden of ['/people', '/system']) {
      expect(await page.locator(`a[href="${hidden}"]`).count(), hidden).toBe(0);
    }
    await page.locator('[data-stream="yard"]').click();
    await page.locator('.facts').waitFor();
    for (const hidden of ['control', 'settings', 'publish'])
      expect(await product.part(hidden).count(), hidden).toBe(0);
    expect(one.browser.complaints).toEqual([]);
    const refused = await page.evaluate(`Promise.all([
      ['POST', '/api/streams/yard/stop'], ['GET', '/api/streams/door'], ['GET', '/api/v1/users'],
    ].map(([method, path]) => {
      const csrf = /nj_csrf=([^;]+)/.exec(document.cookie)[1];
      return fetch(path, { method, headers: { 'x-csrf-token': csrf } }).then(({ status }) => status);
    }))`);
    expect(refused).toEqual([403, 404, 403]);
  });
});

/** Each page with its tabs that are no page of their own. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  '/': [],
  '/timeline': [],
  '/recordings': [],
  '/events': [],
  '/dashboard': [],
  '/cameras': [],
  '/cameras/new': [],
  '/cameras/yard': ['health', 'settings'],
  '/alerts': ['rules', 'channels'],
  '/bookmarks': ['snapshots'],
  '/storage': [],
  '/people': ['tokens', 'clients', 'groups', 'audit'],
  '/system': ['config', 'history', 'models', 'backup'],
  '/account': [],
};
/** What is Latin in every language: names, units, addresses and what the server says of its own. */
const LATIN =
  /^(nightjar|english|admin|guest|yard|door|https|onvif|rtsp|rtmp|whip|webrtc|webrtc \(whip\)|mse|hls|mjpeg|h264 \+ aac)$/i;

/** Opens a page, and waits until what it shows is there. */
async function show(path: string): Promise<void> {
  await product.goto(path);
  await page.locator('h1').waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
}

/** What is wrong with the page as it is shown, in Korean. */
async function wrong(): Promise<string[]> {
  const wide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
  return [
    ...(await faultsOf(page)),
    ...(wide > 0 ? [`${wide} pixels wider than the screen`] : []),
    ...(await labels()).filter(isEnglish).map((text) => `not Korean: ${text}`),
  ];
}

/** What is wrong with each page and its tabs, in dark on a wide screen and in light on a phone by turns. */
async function wrongOf(pages: typeof PAGES): Promise<string[]> {
  const found: string[] = [];
  for (const [i, [path, tabs]] of Object.entries(pages).entries()) {
    const phone = i % 2 === 1;
    await page.setViewportSize(phone ? { width: 390, height: 844 } : WIDE);
    await page.evaluate(`localStorage.setItem('nightjar.theme', '${phone ? 'light' : 'dark'}')`);
    await show(path);
    for (const fault of await wrong()) found.push(`${path}: ${fault}`);
    for (const tab of tabs) {
      await page.locator(`[data-tab="${tab}"]`).click();
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
      for (const fault of await wrong()) found.push(`${path} ${tab}: ${fault}`);
    }
  }
  return found;
}

describe('every page', () => {
  it('has no serious fault of accessibility, fits, and is Korean where that is chosen', async () => {
    await page.context().clearCookies();
    await product.goto('/');
    await page.evaluate(`localStorage.setItem('nightjar.language', 'ko')`);
    await page.reload();
    await page.locator('input[name="username"]').waitFor();
    expect(await wrong()).toEqual([]);
    await product.signInAs('admin', PASSWORD);
    await page.locator('[data-stream="yard"]').waitFor();
    expect(await wrongOf(PAGES)).toEqual([]);
    await page.setViewportSize(WIDE);
  });

  it('begins with at most 200 kB of script, the player and charts apart', async () => {
    await page.evaluate(`localStorage.setItem('nightjar.language', 'en')`);
    const scripts: string[] = [];
    page.on('request', (request) => {
      if (/\.js(\?|$)/.test(request.url())) scripts.push(request.url());
    });
    await show('/');
    const sizes = await Promise.all(
      [...new Set(scripts)].map(async (url) => [url, await zipped(url)] as const),
    );
    const initial = sizes.filter(([url]) => !/\/hls-/.test(url));
    const sum = initial.reduce((all, [, size]) => all + size, 0);
    console.info(`${(sum / 1000).toFixed(0)} kB of script, gzip, in ${initial.length} files`);
    expect(initial.length).toBeGreaterThan(3);
    expect(sum).toBeLessThan(200_000);
  });
});

/** Bytes of a file as a server with compression sends it. */
async function zipped(url: string): Promise<number> {
  return gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length;
}

/** Headings, buttons, links, labels and table heads as they are read. */
const labels = async (): Promise<string[]> =>
  (await page.evaluate(`[...document.querySelectorAll('h1,h2,button,a,label,legend,th,dt,[role=tab]')]
    .flatMap((element) => [element.getAttribute('aria-label') ?? '', element.innerText ?? ''])
    .map((text) => text.trim()).filter((text) => text !== '')`)) as string[];

function isEnglish(text: string): boolean {
  return /[a-z]{3}/i.test(text) && !/[가-힣]/.test(text) && !LATIN.test(text.trim());
}
