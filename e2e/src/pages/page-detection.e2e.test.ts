import { finderModel } from '@nightjar/media/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type ProductPage, Program, REPOSITORY } from '../harness/index.ts';
import { OnePage, PASSWORD } from './one-page.ts';

const DEVICE = 'server/src/cameras/onvif/testing/cli.ts';

let one: OnePage;
let page: Page;
let product: ProductPage;

beforeAll(async () => {
  one = await OnePage.start({ cameras: 1, timeoutMs: 20_000 });
  ({ page, product } = one);
  await one.installation.api.addStream({ id: 'yard', source_url: one.cameras.urls[0]! });
  await product.goto('/');
  await product.signInAs('admin', PASSWORD);
  await page.locator('.tile').waitFor();
});

afterAll(() => one?.[Symbol.asyncDispose]());

describe('a model', () => {
  it('that is no network is refused with the reason, one that fits is sent, tried and listed', async () => {
    await product.goto('/system?tab=models');
    await product.part('new-model').click();
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
    await product.dialog.locator('button[type="submit"]').click();
    await product.dialog.locator('[role="alert"]').waitFor();
    const network = finderModel({ size: 320, layout: 'yolov8', classes: 2, rows: [0.6, 0.85] });
    await choose.setInputFiles(file(Buffer.from(network)));
    await product.saved();
    await page.locator('[data-model="cat-finder"][data-state="ready"]').waitFor();
  });

  it('is set to look for something at a camera, and what it sees is drawn over the live picture', async () => {
    await product.goto('/cameras/yard?tab=settings');
    await product.part('detection').locator('button').click();
    await product.dialog.locator('[role="switch"]').first().check();
    await product.dialog.locator('select[name="model"]').selectOption('cat-finder');
    await product.dialog.locator('[data-class="cat"]').check();
    await product.saved();
    await page.locator('[data-part="detection"][data-state="on"]').waitFor();
    const { inference } = await one.installation.api.stream('yard');
    expect(inference).toMatchObject({ model: 'cat-finder', classes: ['cat'], schedule: null });
    // The picture plays where it can be seen.
    await page.locator('.player').scrollIntoViewIfNeeded();
    await product.playing('yard', 20_000);
    await page.locator('[data-part="boxes"] [data-object="cat"]').first().waitFor();
    await page.locator('.player').focus();
    await page.keyboard.press('b');
    await product.part('boxes').waitFor({ state: 'detached' });
    await page.keyboard.press('b');
    await product.part('boxes').waitFor({ state: 'attached' });
  });
});

describe('recording around events', () => {
  it('is chosen with the seconds around them, and taken back', async () => {
    await product.part('recording-events').locator('button').click();
    await product.dialog.locator('input[value="events"]').check();
    await product.dialog.locator('[data-trigger="alert.opened"]').check();
    await page.locator('input[name="seconds-before"]').fill('31');
    await product.dialog.locator('.field-problem').waitFor();
    await page.locator('input[name="seconds-before"]').fill('8');
    await product.saved();
    await page.locator('[data-part="recording-events"][data-around="true"]').waitFor();
    const kept = async () => (await one.installation.api.stream('yard')).recording.events;
    expect(await kept()).toEqual({ on: ['detection.started', 'alert.opened'], before: 8, after: 10 });
    await product.part('recording-events').locator('button').click();
    await product.dialog.locator('input[value="always"]').check();
    await product.saved();
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
    await product.part('device').locator('button[type="submit"]').click();
    await page.locator('[data-tab="overview"]').click();
    await page.locator('[data-preset="gate"]').waitFor();
    await page.locator('[data-move="left"]').click();
    await page.locator('input[name="preset-name"]').fill('door');
    await product.part('presets').locator('button[type="submit"]').click();
    const door = page.locator('[data-preset="door"]');
    await door.locator('button').first().click();
    await door.locator('button').nth(1).click();
    await product.dialog.locator('.filled').click();
    await door.waitFor({ state: 'detached' });
    const { presets } = (await one.installation.api.expect(200, 'GET', '/api/streams/yard/ptz')) as {
      presets: { name: string }[];
    };
    expect(presets.map(({ name }) => name)).toEqual(['gate']);
    expect(await product.part('ptz').locator('[role="alert"]').count()).toBe(0);
  });
});

describe('somebody with a token', () => {
  it('sees stills of the past and bookmarks, which no cookie opens for them', async () => {
    await page.context().clearCookies();
    await product.goto('/');
    await product.signIn();
    await product.goto('/bookmarks?tab=snapshots');
    await product.part('new-snapshot').click();
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
