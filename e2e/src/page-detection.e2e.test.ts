import { finderModel } from '@nightjar/media/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Browser,
  eventually,
  Installation,
  ProductPage,
  Program,
  REPOSITORY,
  SyntheticCameras,
} from './harness/index.ts';

const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
const WIDE = { width: 1440, height: 900 };
const DEVICE = 'server/src/cameras/onvif/testing/cli.ts';

let cameras: SyntheticCameras;
let installation: Installation;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  cameras = await SyntheticCameras.start({ count: 1 });
  installation = await Installation.start({ env: { NIGHTJAR_ADMIN_PASSWORD: PASSWORD } });
  browser = await Browser.start(WIDE);
  page = browser.page;
  page.setDefaultTimeout(20_000);
  await installation.api.addStream({ id: 'yard', source_url: cameras.urls[0]! });
  await page.goto(installation.api.base);
  await page.locator('input[name="username"]').fill('admin');
  await page.locator('input[name="password"]').fill(PASSWORD);
  await page.locator('button[type="submit"]').click();
  await page.locator('.tile').waitFor();
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await installation?.[Symbol.asyncDispose]();
  await cameras?.[Symbol.asyncDispose]();
});

const at = (path: string) => `${installation.api.base}${path}`;
const part = (name: string) => page.locator(`[data-part="${name}"]`);
const dialog = () => page.locator('[role="dialog"]');
const save = async () => {
  await dialog().locator('button[type="submit"]').click();
  await dialog().waitFor({ state: 'detached' });
};

describe('a model', () => {
  it('that is no network is refused with the reason, one that fits is sent, tried and listed', async () => {
    await page.goto(at('/system?tab=models'));
    await part('new-model').click();
    const file = (buffer: Buffer) => ({
      name: 'cat finder.onnx',
      mimeType: 'application/octet-stream',
      buffer,
    });
    const choose = page.locator('input[name="model-file"]');
    await choose.setInputFiles(file(Buffer.from('no network')));
    expect(await page.locator('input[name="model-name"]').inputValue()).toBe('cat-finder');
    await page.locator('textarea[name="model-classes"]').fill('cat, dog');
    await page.locator('input[name="model-width"]').fill('320');
    await page.locator('input[name="model-height"]').fill('320');
    await dialog().locator('button[type="submit"]').click();
    await dialog().locator('[role="alert"]').waitFor();
    const network = finderModel({ size: 320, layout: 'yolov8', classes: 2, rows: [0.6, 0.85] });
    await choose.setInputFiles(file(Buffer.from(network)));
    await save();
    await page.locator('[data-model="cat-finder"][data-state="ready"]').waitFor();
  });

  it('is set to look for something at a camera, and what it sees is drawn over the live picture', async () => {
    await page.goto(at('/cameras/yard?tab=settings'));
    await part('detection').locator('button').click();
    await dialog().locator('[role="switch"]').first().check();
    await dialog().locator('select[name="model"]').selectOption('cat-finder');
    await dialog().locator('[data-class="cat"]').check();
    await save();
    await page.locator('[data-part="detection"][data-state="on"]').waitFor();
    const { inference } = await installation.api.stream('yard');
    expect(inference).toMatchObject({ model: 'cat-finder', classes: ['cat'], schedule: null });
    // The picture plays where it can be seen.
    await page.locator('.player').scrollIntoViewIfNeeded();
    await new ProductPage(page, installation.api).playing('yard', 20_000);
    await page.locator('[data-part="boxes"] [data-object="cat"]').first().waitFor();
    await page.locator('.player').focus();
    await page.keyboard.press('b');
    await part('boxes').waitFor({ state: 'detached' });
    await page.keyboard.press('b');
    await part('boxes').waitFor({ state: 'attached' });
  });
});

describe('recording around events', () => {
  it('is chosen with the seconds around them, and taken back', async () => {
    await part('recording-events').locator('button').click();
    await dialog().locator('input[value="events"]').check();
    await dialog().locator('[data-trigger="alert.opened"]').check();
    await page.locator('input[name="seconds-before"]').fill('31');
    await dialog().locator('.field-problem').waitFor();
    await page.locator('input[name="seconds-before"]').fill('8');
    await save();
    await page.locator('[data-part="recording-events"][data-around="true"]').waitFor();
    const kept = async () => (await installation.api.stream('yard')).recording.events;
    expect(await kept()).toEqual({ on: ['detection.started', 'alert.opened'], before: 8, after: 10 });
    await part('recording-events').locator('button').click();
    await dialog().locator('input[value="always"]').check();
    await save();
    expect(await kept()).toBeNull();
  });
});

describe('a camera that moves', () => {
  it('keeps a place, goes there and forgets it', async () => {
    await using device = await Program.start({
      name: 'device',
      command: process.execPath,
      args: [DEVICE],
      cwd: REPOSITORY,
    });
    const [, port] = await device.line(/http:\/\/127\.0\.0\.1:(\d+)/, 15_000);
    await page.locator('input[name="device-host"]').fill('127.0.0.1');
    await page.locator('input[name="device-port"]').fill(port!);
    await part('device').locator('button[type="submit"]').click();
    await page.locator('[data-tab="overview"]').click();
    await page.locator('[data-preset="gate"]').waitFor();
    await page.locator('[data-move="left"]').click();
    await page.locator('input[name="preset-name"]').fill('door');
    await part('presets').locator('button[type="submit"]').click();
    const door = page.locator('[data-preset="door"]');
    await door.locator('button').first().click();
    await door.locator('button').nth(1).click();
    await dialog().locator('.filled').click();
    await door.waitFor({ state: 'detached' });
    const { presets } = (await installation.api.expect(200, 'GET', '/api/streams/yard/ptz')) as {
      presets: { name: string }[];
    };
    expect(presets.map(({ name }) => name)).toEqual(['gate']);
    expect(await part('ptz').locator('[role="alert"]').count()).toBe(0);
  });
});

describe('somebody with a token', () => {
  it('sees stills of the past and bookmarks, which no cookie opens for them', async () => {
    await page.context().clearCookies();
    await page.goto(at('/'));
    await new ProductPage(page, installation.api).signIn();
    await page.goto(at('/bookmarks?tab=snapshots'));
    await part('new-snapshot').click();
    const image = page.locator('[data-snapshot="ready"] img');
    await image.waitFor();
    await eventually(
      'the picture',
      async () => image.evaluate((element) => (element as { naturalWidth: number }).naturalWidth > 0),
      { timeoutMs: 15_000 },
    );
    expect(await image.getAttribute('src')).toMatch(/^blob:/);
    const download = page.waitForEvent('download');
    await page.locator('[data-snapshot="ready"] a').click();
    expect((await download).suggestedFilename()).toMatch(/^yard_.*\.jpg$/);
  });
});
