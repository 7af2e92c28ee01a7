import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Browser, Installation, REPOSITORY, SyntheticCameras } from './harness/index.ts';

/** `npm run screenshots`: the pictures of the guide, taken of the page as it is built now. */
const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
const FOLDER = resolve(REPOSITORY, 'docs/guide');
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const RECORDED_MS = 40_000;
const SETTLED_MS = 4_000;

const SHOTS = [
  { name: 'live', path: '/cameras/yard', size: WIDE, theme: 'dark' },
  { name: 'timeline', path: '/timeline', back: 12_000, size: WIDE, theme: 'light' },
  { name: 'dashboard', path: '/dashboard', size: WIDE, theme: 'light' },
  { name: 'phone', path: '/', size: PHONE, theme: 'dark' },
] as const;

await using cameras = await SyntheticCameras.start({ count: 2 });
await using installation = await Installation.start({ env: { NIGHTJAR_ADMIN_PASSWORD: PASSWORD } });
for (const [i, id] of ['yard', 'door'].entries()) {
  const recording = { enabled: true, segment_duration: 10 };
  await installation.api.addStream({ id, source_url: cameras.urls[i]!, recording });
}
await pause(RECORDED_MS);
await using browser = await Browser.start(WIDE);
const { page } = browser;
await page.goto(installation.api.base);
await page.locator('input[name="username"]').fill('admin');
await page.locator('input[name="password"]').fill(PASSWORD);
await page.locator('button[type="submit"]').click();
await page.locator('.wall').waitFor();
for (const shot of SHOTS) {
  const { name, path, size, theme } = shot;
  const query = 'back' in shot ? `?at=${Date.now() - shot.back}` : '';
  await page.setViewportSize(size);
  await page.evaluate(`localStorage.setItem('nightjar.theme', '${theme}')`);
  await page.goto(`${installation.api.base}${path}${query}`);
  await pause(SETTLED_MS);
  await page.screenshot({ path: resolve(FOLDER, `${name}.png`) });
  console.log(`docs/guide/${name}.png`);
}
