import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type App, createHttpApp, createLog } from '../../kernel/index.ts';
import { FakeClock } from '../../testing/index.ts';
import { webPage } from './page.ts';

let folder: string;
let app: App;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-page-'));
  await writeFile(join(folder, 'secret.txt'), 'outside');
  app = await createHttpApp({
    log: createLog({ level: 'silent', write: () => undefined }),
    clock: new FakeClock(),
    version: '0',
    limits: () => ({ reads_per_minute: 1, writes_per_minute: 1 }),
    authenticate: async () => undefined,
    dialects: [{ prefix: '/', body: ({ code }) => ({ code }) }],
    fallback: webPage(join(folder, 'dist')),
  });
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

async function build(): Promise<void> {
  await mkdir(join(folder, 'dist', 'assets'), { recursive: true });
  await writeFile(join(folder, 'dist', 'index.html'), '<!doctype html>page');
  await writeFile(join(folder, 'dist', 'favicon.svg'), '<svg/>');
  await writeFile(join(folder, 'dist', '.env'), 'hidden');
  await writeFile(join(folder, 'dist', 'assets', 'app-1a2b.js'), 'script');
}

describe('the page', () => {
  test.each([
    ['/', 'text/html', '<!doctype html>page', 'public, max-age=0'],
    ['/streams/yard', 'text/html', '<!doctype html>page', 'public, max-age=0'],
    ['/favicon.svg', 'image/svg+xml', '<svg/>', 'public, max-age=0'],
    ['/assets/app-1a2b.js', 'javascript', 'script', 'public, max-age=31536000, immutable'],
  ])('%s', async (url, type, body, cache) => {
    await build();
    const response = await app.inject({ url });
    expect([response.statusCode, response.body]).toEqual([200, body]);
    expect(response.headers['content-type']).toContain(type);
    expect(response.headers['cache-control']).toBe(cache);
    expect(response.headers['content-security-policy']).toContain("script-src 'self'");
    const head = await app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.body]).toEqual([200, '']);
  });

  test.each([
    ['gzip', 'gzip', gunzipSync],
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['identity', undefined, (body: Buffer) => body],
  ])('who takes %s is sent %s', async (accepted, sent, read) => {
    await build();
    const path = join(folder, 'dist', 'assets', 'app-1a2b.js');
    await writeFile(`${path}.gz`, gzipSync('script'));
    await writeFile(`${path}.br`, brotliCompressSync('script'));
    const headers = { 'accept-encoding': accepted };
    const response = await app.inject({ url: '/assets/app-1a2b.js', headers });
    expect([response.statusCode, response.headers['content-encoding']]).toEqual([200, sent]);
    expect(response.headers['content-type']).toContain('javascript');
    expect(response.headers['vary']).toContain('accept-encoding');
    expect(read(response.rawPayload).toString()).toBe('script');
  });

  test('pages elsewhere may load the element and its scripts, and nothing else', async () => {
    await build();
    await writeFile(join(folder, 'dist', 'nightjar-player.js'), 'element');
    const openTo = async (url: string) =>
      (await app.inject({ url })).headers['access-control-allow-origin'] ?? 'nobody';
    expect(
      await Promise.all(['/nightjar-player.js', '/assets/app-1a2b.js', '/', '/favicon.svg'].map(openTo)),
    ).toEqual(['*', '*', 'nobody', 'nobody']);
  });

  test.each([
    '/assets/gone.js',
    '/.env',
    '/assets/.env.js',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/api/nothing',
    '/live/nothing',
    '/docs/nothing',
    '/health/nothing',
  ])('%s is not found', async (url) => {
    await build();
    const response = await app.inject({ url });
    expect([response.statusCode, response.json()]).toEqual([404, { code: 'NOT_FOUND' }]);
  });

  test('only reads are answered', async () => {
    await build();
    expect((await app.inject({ method: 'POST', url: '/' })).statusCode).toBe(404);
  });

  test('is not counted against the limits', async () => {
    await build();
    for (let n = 0; n < 5; n++) expect((await app.inject({ url: '/' })).statusCode).toBe(200);
  });

  test('that is not built says how to build it', async () => {
    const response = await app.inject({ url: '/' });
    expect([response.statusCode, response.headers['content-type']]).toEqual([
      503,
      'text/plain; charset=utf-8',
    ]);
    expect(response.body).toContain('npm run build --workspace web');
  });
});
