import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probe } from '../footage/ffmpeg.ts';
import { eventually, type ProductPage, Program } from '../harness/index.ts';
import { OnePage, PASSWORD, PHONE, WIDE } from './one-page.ts';

const SECONDS = 15_000;

let one: OnePage;
let page: Page;
let product: ProductPage;

beforeAll(async () => {
  one = await OnePage.start({ cameras: 2, timeoutMs: SECONDS });
  ({ page, product } = one);
  const recording = { enabled: true };
  await one.installation.api.addStream({ id: 'yard', source_url: one.cameras.urls[0]!, recording });
});

afterAll(() => one?.[Symbol.asyncDispose]());

/** To the settings of the camera. */
async function settings(): Promise<void> {
  await product.goto('/cameras/yard');
  await product.tab('settings');
  await product.part('schedule').waitFor();
}

/** Tab until what has the focus fits. */
async function tabTo(selector: string, most = 60): Promise<void> {
  for (let i = 0; i < most; i += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
  }
  throw new Error(`Tab does not come to ${selector}`);
}

describe('with the keyboard alone', () => {
  it('somebody signs in, watches a camera, and goes through its footage', async () => {
    await product.goto('/');
    await tabTo('input[name="username"]');
    await page.keyboard.type('admin');
    await tabTo('input[name="password"]');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('.tile').waitFor();
    await tabTo('.tile-open');
    await page.keyboard.press('Enter');
    await page.locator('.stream-page').waitFor();
    await product.playing('yard', 20_000);
    await page.locator('h1').first().focus();
    await tabTo('a[href="/timeline"]', 80).catch(async () => {
      await page.locator('body').press('Home');
      await tabTo('a[href="/timeline"]');
    });
    await page.keyboard.press('Enter');
    await page.locator('[data-page="timeline"]').waitFor();
    await tabTo('[data-timeline]', 80);
    const clock = () => page.locator('[data-clock]').getAttribute('data-clock').then(Number);
    const before = await clock();
    await page.keyboard.press('ArrowLeft');
    await eventually('the clock went back', async () => (await clock()) < before, { timeoutMs: SECONDS });
  });
});

describe('a camera that pushes', () => {
  it('gets an address with a key by the wizard, and is seen when ffmpeg publishes to it', async () => {
    await product.goto('/cameras/new');
    await page.locator('[data-way="publish"]').click();
    await page.locator('input[name="publish-id"]').fill('drone');
    await page.locator('button[type="submit"]').click();
    await page.waitForURL(`${one.installation.api.base}/cameras/drone`);
    await product.tab('publish');
    const shown = (await product.part('publish').locator('pre').first().textContent()) ?? '';
    expect(shown).toMatch(/^rtmp:\/\/127\.0\.0\.1:1935\/live\//);
    await product.part('publish').locator('img').waitFor();
    const url = shown.replace(':1935', `:${one.installation.ports.rtmp}`);
    const scene = ['-re', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=15'];
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '15', '-pix_fmt', 'yuv420p'];
    await using _publisher = await Program.start({
      name: 'publisher',
      command: 'ffmpeg',
      args: ['-v', 'error', ...scene, '-t', '60', ...codec, '-f', 'flv', url],
    });
    await product.playing('drone', 30_000);
  });
});

describe('storage and rights', () => {
  it('says what shorter keeping would delete before it does', async () => {
    await eventually('footage', async () => (await one.installation.api.recordings('yard')).length > 0, {
      timeoutMs: SECONDS,
    });
    await product.goto('/storage');
    await page.locator('input[name="keep-days"]').fill('0.00001');
    const told = page.locator('[data-part="preview"] [data-files]');
    await told.waitFor();
    const files = Number(await told.getAttribute('data-files'));
    const asked = { retention_days: 0.00001 };
    const answer = await one.installation.api.expect(200, 'POST', '/api/storage/preview', asked);
    expect(files).toBe((answer as { files: number }).files);
    await page.locator('input[name="keep-days"]').fill('30');
    await page.locator('[data-files="0"]').waitFor();
    await product.part('preview').locator('button').first().click();
    await product.part('preview').waitFor({ state: 'detached' });
    const config = await one.installation.api.expect(200, 'GET', '/api/config');
    expect(config).toMatchObject({ recording: { retention_days: 30 } });
  });

  it('keeps a group, and an API client whose secret lets it in; the audit log shows both', async () => {
    await product.goto('/people');
    await product.tab('groups');
    await product.part('new-group').click();
    await page.locator('input[name="group-name"]').fill('Outside');
    await page.locator('[data-camera="yard"]').check();
    await product.submit();
    await page.locator('[data-group="Outside"]').waitFor();
    await product.tab('clients');
    await product.part('new-client').click();
    await page.locator('input[name="client-name"]').fill('Ruth AI');
    await page.locator('input[name="client-id"]').fill('ruth');
    await product.submit();
    const secret = await product.dialog.locator('pre').nth(1).textContent();
    const body = JSON.stringify({ client_id: 'ruth', client_secret: secret });
    const headers = { 'content-type': 'application/json' };
    const signed = await fetch(`${one.installation.api.base}/v2/auth/token`, {
      method: 'POST',
      headers,
      body,
    });
    expect(signed.status).toBe(200);
    await page.keyboard.press('Escape');
    await product.tab('audit');
    for (const what of ['camera-groups', 'client']) {
      await page.locator('td', { hasText: what }).first().waitFor();
    }
  });

  it('keeps a channel, and a rule with quiet hours and a step', async () => {
    await product.goto('/alerts');
    await product.tab('channels');
    await product.part('new-channel').click();
    await product.dialog.locator('select').first().selectOption('webhook');
    await page.locator('input[name="channel-name"]').fill('Hook');
    await page.locator('input[name="channel.url"]').fill('http://127.0.0.1:9/hook');
    await product.submit();
    await page.locator('[data-channel="webhook"]').waitFor();
    await page.keyboard.press('Escape');
    await product.dialog.waitFor({ state: 'detached' });
    await product.tab('rules');
    await product.part('new-rule').click();
    await page.locator('input[name="rule-name"]').fill('Night');
    await product.part('quiet-hours').locator('[role="switch"]').click();
    await page.locator('input[name="quiet-from"]').fill('23:30');
    await product.part('new-step').click();
    await product.part('escalation').locator('input[type="checkbox"]').first().check();
    await product.saved();
    const { items } = (await one.installation.api.expect(200, 'GET', '/api/v1/alert-rules')) as {
      items: { quiet_hours: { from: string }; escalation: { after_seconds: number }[] }[];
    };
    expect(items[0]).toMatchObject({ quiet_hours: { from: '23:30' }, escalation: [{ after_seconds: 600 }] });
  });
});

describe('a part of the footage', () => {
  it('is exported with its progress, and shared by a link that needs no account', async () => {
    const [row] = await eventually(
      'footage',
      async () => {
        const rows = await one.installation.api.recordings('yard');
        // The page shows nothing of the last 3 s.
        return rows[0] && rows[0].duration > 10 ? rows : undefined;
      },
      { timeoutMs: 30_000 },
    );
    const asked = Date.parse(row!.created_at) + 1_000;
    await product.goto(`/timeline?cameras=yard&at=${asked}`);
    await page.locator('[data-pane="yard"][data-phase="paused"]').waitFor({ timeout: 20_000 });
    await product.part('choose-range').click();
    await page.locator('[data-timeline]').focus();
    await page.keyboard.press('ArrowRight');
    await product.part('end-here').click();
    await product.part('export').click();
    const states = page.locator('[data-export="completed"], [data-export="failed"]');
    await states.waitFor({ timeout: 30_000 });
    expect(await states.textContent()).not.toContain('Failed');
    await product.part('share-export').click();
    const link = (await product.dialog.locator('pre').textContent()) ?? '';
    const loaded = await fetch(link);
    expect(loaded.status).toBe(200);
    expect(Buffer.from(await loaded.arrayBuffer()).readUInt32BE(0)).toBe(0x504b0304);
    expect((await fetch(link.replace(/signature=./, 'signature=_'))).status).toBe(401);
    await page.keyboard.press('Escape');
    const download = page.waitForEvent('download');
    await page.locator('[data-download="yard"]').click();
    expect((await probe(await (await download).path())).duration).toBeGreaterThan(3);
  });
});

describe('the editors of a camera', () => {
  it('keep hours of recording that are painted and typed', async () => {
    await settings();
    await product.part('schedule').locator('button').click();
    await product.dialog.locator('input[value="hours"]').check();
    const cell = (hour: number) => product.dialog.locator(`[data-day="tue"][data-hour="${hour}"]`);
    const [from, to] = [(await cell(8).boundingBox())!, (await cell(11).boundingBox())!];
    await page.mouse.move(from.x + 4, from.y + 4);
    await page.mouse.down();
    await page.mouse.move(to.x + 4, to.y + 4, { steps: 12 });
    await page.mouse.up();
    await product.dialog.locator('input[name="hours-sun"]').fill('22:00-24:00');
    await product.dialog.locator('input[name="time-zone"]').fill('Asia/Seoul');
    await product.saved();
    const kept = async () => (await one.installation.api.stream('yard')).recording.schedule;
    expect(await kept()).toMatchObject({
      ...{ time_zone: 'Asia/Seoul', mon: [], tue: ['08:00-12:00'], sun: ['22:00-24:00'] },
    });
    await product.part('schedule').locator('button').click();
    await product.dialog.locator('input[value="always"]').check();
    await product.saved();
    expect(await kept()).toBeNull();
  });

  it('keep a server that it is sent on to, and where its ONVIF is', async () => {
    await settings();
    await product.part('new-push').click();
    const address = page.locator('input[name="push-url"]');
    await address.fill('rtmp://192.0.2.1/live/x');
    await product.submit();
    // On the Internet only inside TLS: the server says so where it was typed.
    await product.dialog.locator('.field-problem').waitFor();
    const { key } = (await one.installation.api.expect(200, 'GET', '/api/streams/drone/publish-key')) as {
      key: string;
    };
    await address.fill(`rtmp://127.0.0.1:${one.installation.ports.rtmp}/live/${key}`);
    await product.submit();
    await page.locator('[data-push="live"]').waitFor();
    await product.part('pushes').locator('[role="switch"]').click();
    await page.locator('[data-push="off"]').waitFor();
    await page.locator('input[name="device-username"]').fill('onvif');
    await page.locator('input[name="device-password"]').fill('its-own-password');
    await product.part('device').locator('button[type="submit"]').click();
    await product.part('device').locator('.field-hint').waitFor();
    const device = await one.installation.api.expect(200, 'GET', '/api/streams/yard/device');
    expect(device).toMatchObject({ username: 'onvif', password_set: true });
  });

  it('draw what is covered, and show it beside the original', async () => {
    await settings();
    await product.part('privacy').locator('button').click();
    await product.dialog.locator('[role="switch"]').click();
    await product.dialog.locator('[data-cover="auto"]').uncheck();
    await product.dialog.locator('[data-cover="polygons"]').check();
    const box = (await product.part('polygons').boundingBox())!;
    for (const [x, y] of [
      [0.1, 0.1],
      [0.4, 0.1],
      [0.4, 0.5],
      [0.1, 0.1],
    ] as const) {
      await page.mouse.click(box.x + x * box.width, box.y + y * box.height);
    }
    await product.dialog.locator('.corner').nth(2).focus();
    await page.keyboard.press('ArrowDown');
    await product.saved();
    const { privacy } = await one.installation.api.stream('yard');
    expect(privacy).toMatchObject({ enabled: true, cover: ['polygons'] });
    const [shape] = privacy.polygons;
    expect(shape).toHaveLength(3);
    for (const [i, [x, y]] of [
      [0.1, 0.1],
      [0.4, 0.1],
      [0.4, 0.51],
    ].entries()) {
      expect(shape![i]![0]).toBeCloseTo(x!, 1);
      expect(shape![i]![1]).toBeCloseTo(y!, 1);
    }
    // Inside the shape the two pictures are unlike, outside alike.
    await product.part('before-after').waitFor({ timeout: 30_000 });
    const unlike = await eventually(
      'both pictures',
      async () => {
        const [inside, outside] = (await page.evaluate(DIFFERENCES)) as [number, number];
        return inside > 3 * outside && inside > 5 ? { inside, outside } : undefined;
      },
      { timeoutMs: 30_000, everyMs: 500 },
    );
    console.info(
      `covered: ${unlike.inside.toFixed(1)} of 255 apart inside, ${unlike.outside.toFixed(1)} outside`,
    );
    await one.installation.api.expect(200, 'PUT', '/api/streams/yard', { privacy: { enabled: false } });
  });
});

/** How far the picture of others is from the original, within the shape and elsewhere, by luma. */
const DIFFERENCES = `(() => {
  const [original, covered] = [...document.querySelectorAll('.before-after img')].map((image) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 320, height: 180 });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 320, 180);
    return context.getImageData(0, 0, 320, 180).data;
  });
  const mean = (x0, y0, x1, y1) => {
    let sum = 0, count = 0;
    for (let y = y0; y < y1; y += 1) for (let x = x0; x < x1; x += 1) {
      sum += Math.abs(original[(y * 320 + x) * 4] - covered[(y * 320 + x) * 4]);
      count += 1;
    }
    return sum / count;
  };
  return [mean(90, 22, 124, 50), mean(200, 130, 300, 160)];
})()`;

describe('on a phone', () => {
  it('a person goes from the wall by the lower bar to the footage, and adds cameras of a file', async () => {
    await page.setViewportSize(PHONE);
    await product.goto('/');
    await product.playing('yard', 20_000);
    await page.locator('nav a[href="/timeline"]:visible').click();
    await page.locator('[data-page="timeline"]').waitFor();
    await product.goto('/cameras/new');
    await page.locator('[data-way="import"]').click();
    const csv = 'name,source_url,location\nGate,rtsp://10.0.0.5/main,Entrance\nBad,ftp://10.0.0.6/x,\n';
    const file = { name: 'cameras.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) };
    await page.locator('input[name="import-file"]').setInputFiles(file);
    await product.part('import-plan').waitFor();
    expect(await page.locator('[data-entry="skip"]').count()).toBe(1);
    await product.part('apply-import').click();
    await product.part('import-done').waitFor();
    expect((await one.installation.api.streams()).map(({ id }) => id)).toContain('gate');
    const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(wide).toBeLessThanOrEqual(0);
    await page.setViewportSize(WIDE);
  });
});

describe('a tile of the wall', () => {
  it('has the last minute again, and shows the small picture of a camera', async () => {
    await one.installation.api.addStream({ id: 'yard-sub', source_url: one.cameras.urls[1]! });
    await product.goto('/');
    const tile = page.locator('.tile', { has: page.locator('button[data-stream="yard"]') });
    await page.locator('.tile[data-picture="yard-sub"]').waitFor();
    expect(await page.locator('button[data-stream="yard-sub"]').count()).toBe(0);
    await one.installation.api.expect(204, 'DELETE', '/api/streams/yard-sub');
    await page.locator('.tile[data-picture="yard"]').waitFor();
    await product.playing('yard', 20_000);
    await tile.hover();
    await tile.locator('[data-tool="replay"]').click();
    await tile.locator('[data-rewound="true"]').first().waitFor();
    await tile.locator('.tile-tools button').first().click();
    await tile.locator('.player[data-rewound="false"][data-phase="playing"]').waitFor();
    const still = page.waitForEvent('download');
    await tile.locator('[data-tool="camera"]').click();
    expect((await still).suggestedFilename()).toMatch(/^yard.*\.(jpg|png)$/);
  });
});
