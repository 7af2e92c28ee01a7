import { readClockBar } from '@nightjar/media/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greyFrames } from '../footage/ffmpeg.ts';
import { eventually, type ProductPage } from '../harness/index.ts';
import { clockOf, faultsOf, OnePage, PASSWORD, PHONE, PICTURE, WIDE } from './one-page.ts';

let one: OnePage;
let page: Page;
let product: ProductPage;

beforeAll(async () => {
  one = await OnePage.start({ cameras: 1, timeoutMs: 20_000 });
  ({ page, product } = one);
  const recording = { enabled: true, segment_duration: 2 };
  await one.installation.api.addStream({ id: 'yard', source_url: one.cameras.urls[0]!, recording });
  await product.goto('/');
  await product.signInAs('admin', PASSWORD);
  await page.locator('.tile').waitFor();
});

afterAll(() => one?.[Symbol.asyncDispose]());

/** What the audit log holds of originals that were opened. */
async function opened(): Promise<{ actor_name: string; object: { filename: string } }[]> {
  const path = '/api/v1/audit-logs?action=original.opened&limit=500';
  const { items } = (await one.installation.api.expect(200, 'GET', path)) as {
    items: { actor_name: string; object: { filename: string } }[];
  };
  return items;
}

async function originals(): Promise<{ filename: string; closed: boolean }[]> {
  const path = '/api/streams/yard/recordings?original=true&limit=500';
  const list = await one.installation.api.expect(200, 'GET', path);
  return (list as { recordings: { filename: string; closed: boolean }[] }).recordings;
}

describe('what of a private camera is recorded', () => {
  it('is chosen with a warning for each choice', async () => {
    await product.goto('/cameras/yard?tab=settings');
    await product.part('privacy').locator('button').click();
    await product.dialog.locator('[role="switch"]').click();
    await product.dialog.locator('[data-cover="auto"]').uncheck();
    await product.dialog.locator('[data-cover="full"]').check();
    const choice = product.dialog.locator('select[name="record"]');
    const warnings = new Set<string>();
    for (const record of ['rendition', 'original', 'both']) {
      await choice.selectOption(record);
      const hint = await choice.getAttribute('aria-describedby');
      warnings.add((await page.locator(`[id="${hint}"]`).textContent()) ?? '');
    }
    expect(warnings.size).toBe(3);
    const saved = async (record: string) => {
      await choice.selectOption(record);
      await product.saved();
      const { privacy } = await one.installation.api.stream('yard');
      expect(privacy).toMatchObject({ enabled: true, cover: ['full'], record });
    };
    await saved('original');
    await product.part('privacy').locator('button').last().click();
    await saved('both');
    const closed = async () => (await originals()).some((one) => one.closed);
    await eventually('an original', closed, { timeoutMs: 30_000 });
  });
});

describe('who may open originals', () => {
  it('goes from the camera to its originals, and nothing is opened before they agree', async () => {
    await product.tab('overview');
    await product.part('originals-of').click();
    await page.locator('[data-tab="originals"][data-state="active"]').waitFor();
    expect(await page.locator('[data-page="recordings"] select').first().inputValue()).toBe('yard');
    const closed = page.locator('[data-recording$=".sealed"]:not(:has(.growing))').last();
    await closed.waitFor({ timeout: 30_000 });
    await closed.locator('[data-part="open-original"]').click();
    await product.part('original-question').waitFor();
    expect(await opened()).toEqual([]);
    expect(await page.locator('video').count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    await product.part('original-question').locator('.primary').click();
    const view = product.part('original').locator('.recorded');
    const shown = async () => {
      if ((await clockOf(page)) !== undefined) return true;
      const said = await view.locator('.player').textContent();
      throw new Error(`${await view.getAttribute('data-phase')}: ${said}`);
    };
    await eventually('the clear picture', shown, { timeoutMs: 30_000 });
    const [entry] = await opened();
    expect(entry).toMatchObject({ actor_name: 'admin' });
    expect(entry?.object.filename).toMatch(/\.sealed$/);
    expect(await faultsOf(page)).toEqual([]);
  });

  it('takes it away as a file', async () => {
    const loaded = page.waitForEvent('download');
    await product.part('original').locator('[data-download="yard"]').click();
    const file = await loaded;
    expect(file.suggestedFilename()).toMatch(/^yard_.*_original\.mp4$/);
    const pictures = await greyFrames(await file.path(), PICTURE, ['-t', '1']);
    const clear = pictures.filter((data) => readClockBar({ data, ...PICTURE }) !== undefined);
    expect(clear.length).toBeGreaterThan(20);
  });

  it('has the same on a phone', async () => {
    await page.setViewportSize(PHONE);
    const wide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
    expect(wide).toBeLessThanOrEqual(0);
    const box = (await page.locator('video').boundingBox())!;
    expect(box.x >= 0 && box.x + box.width <= PHONE.width).toBe(true);
    await page.keyboard.press('Escape');
    await product.dialog.waitFor({ state: 'detached' });
    await page.setViewportSize(WIDE);
  });

  it('deletes one for good', async () => {
    const row = page.locator('[data-recording$=".sealed"]:not(:has(.growing))').last();
    const id = await row.getAttribute('data-recording');
    await row.locator('.danger').click();
    await product.dialog.locator('.filled').click();
    await page.locator(`[data-recording="${id}"]`).waitFor({ state: 'detached' });
    expect((await originals()).map(({ filename }) => `yard~${filename}`)).not.toContain(id);
  });
});

describe('who may see live originals, and no recorded ones', () => {
  it('finds nothing of them in the page', async () => {
    const scopes = ['streams:read', 'recordings:read', 'streams:unblurred'];
    const made = (await one.installation.api.expect(201, 'POST', '/api/v1/api-tokens', {
      name: 'eye',
      scopes,
    })) as { token: string };
    await page.context().clearCookies();
    await product.goto('/');
    await page.locator('[data-way="token"]').click();
    await page.locator('input[name="token"]').fill(made.token);
    await page.locator('button[type="submit"]').click();
    await page.locator('.wall').waitFor();
    await product.open('yard');
    await page.locator('[data-recordings]').waitFor();
    expect(await product.part('originals-of').count()).toBe(0);
    await product.goto('/recordings?tab=originals');
    await page.locator('[data-recording]').first().waitFor();
    expect(await page.locator('[data-tab="originals"], [data-recording$=".sealed"]').count()).toBe(0);
  });
});
