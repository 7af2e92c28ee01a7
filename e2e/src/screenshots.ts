import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fill } from './guide/fill.ts';
import { open, SHOTS } from './guide/shots.ts';
import { outputOf, REPOSITORY } from './harness/index.ts';
import { OnePage, PASSWORD, WIDE } from './pages/one-page.ts';

/**
 * `npm run screenshots [NAME…]`: every page, light and dark, on a desktop and on a phone, into docs/guide/pictures/,
 * taken of the page as it is built now; or those named alone.
 */
const FOLDER = resolve(REPOSITORY, 'docs/guide/pictures');
const SIZES = { desktop: WIDE, phone: { width: 390, height: 844 } } as const;
const THEMES = ['light', 'dark'] as const;
/** Of all pictures together. */
const MOST_BYTES = 12_000_000;

const wanted = process.argv.slice(2);
const shots = SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

await using one = await OnePage.start({ cameras: 2 });
const raw = await mkdtemp(join(tmpdir(), 'nightjar-shots-'));
await mkdir(FOLDER, { recursive: true });
const { page, product } = one;
const { api } = one.installation;

/** As WebP: a picture of a page in it has a fifth of the bytes of a PNG. */
async function take(name: string): Promise<void> {
  const from = join(raw, `${name}.png`);
  await page.screenshot({ path: from });
  const to = join(FOLDER, `${name}.webp`);
  const output = ['-c:v', 'libwebp', '-quality', '82', '-compression_level', '6', '-y', to];
  await outputOf('ffmpeg', ['-nostdin', '-v', 'error', '-i', from, ...output]);
  console.log(`docs/guide/pictures/${name}.webp`);
}

async function each(name: string, show: () => Promise<void>): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const theme of THEMES) {
      await page.evaluate(`localStorage.setItem('nightjar.theme', '${theme}')`);
      await show();
      const wide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
      if (wide > 0) throw new Error(`${name} is ${wide} pixels wider than a ${size}`);
      await take(`${name}-${theme}-${size}`);
    }
  }
}

try {
  await product.goto('/');
  await each('sign-in', async () => {
    await page.reload();
    await page.locator('input[name="username"]').waitFor();
  });
  await fill(api, one.cameras.urls);
  await product.signInAs('admin', PASSWORD);
  await page.locator('.wall').waitFor();
  for (const shot of shots) await each(shot.name, () => open(page, api.base, shot));
} finally {
  await rm(raw, { recursive: true });
}
const files = await readdir(FOLDER);
const sizes = await Promise.all(files.map(async (file) => (await stat(join(FOLDER, file))).size));
const bytes = sizes.reduce((sum, size) => sum + size, 0);
console.log(`${files.length} pictures, ${(bytes / 1e6).toFixed(1)} MB`);
if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES / 1e6} MB`);
