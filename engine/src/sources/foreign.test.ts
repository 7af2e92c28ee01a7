import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@nightjar/media/stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { QuietLog, until } from '../testing/index.ts';
import { Containers, forkVision } from '../vision/index.ts';
import { Visit } from './testing/visit.ts';

let folder: string;
let camera: Server;
let containers: Containers;

/** Two seconds of picture and sound. */
function made(name: string, ...codecs: string[]): void {
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=25', '-f', 'lavfi', '-i', 'sine=r=48000'];
  const args = [
    '-v',
    'error',
    '-y',
    ...inputs,
    '-t',
    '3',
    '-g',
    '25',
    ...codecs,
    join(folder, 'films', name),
  ];
  execFileSync('ffmpeg', args);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightjar-foreign-'));
  mkdirSync(join(folder, 'films'));
  const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-c:a', 'aac'];
  made('film.mkv', ...h264);
  made('film.ts', ...h264);
  made('film.flv', ...h264);
  made('old.avi', '-c:v', 'mpeg4', '-c:a', 'mp3');
  writeFileSync(join(folder, 'secret.ts'), readFileSync(join(folder, 'films', 'film.ts')));
  symlinkSync(join(folder, 'secret.ts'), join(folder, 'films', 'link.ts'));
  symlinkSync(join(folder, 'films', 'film.ts'), join(folder, 'films', 'inner.ts'));
  execFileSync('mkfifo', [join(folder, 'films', 'pipe')]);
  writeFileSync(join(folder, 'films', 'empty'), '');
  writeFileSync(join(folder, 'films', 'text.txt'), 'no film '.repeat(1000));
  containers = new Containers({ start: forkVision, clock: systemClock, log: new QuietLog() });
  const types: Record<string, string> = {
    mkv: 'video/x-matroska',
    avi: 'video/x-msvideo',
    html: 'text/html',
  };
  camera = createServer((request, response) => {
    const name = request.url!.slice(1);
    const type = types[name.split('.')[1] ?? ''] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type });
    if (name === 'page.html') response.end('<p>hello</p>');
    else response.end(readFileSync(join(folder, 'films', name)));
  }).listen(0, '127.0.0.1');
  await once(camera, 'listening');
});
afterEach(() => Visit.endAll());
afterAll(async () => {
  await containers.close();
  camera.closeAllConnections();
  await new Promise((resolve) => camera.close(resolve));
  rmSync(folder, { recursive: true });
});

const visit = (url: string, more: { folder?: () => string | undefined } = {}): Visit =>
  new Visit({ url }, { around: { containers, folder: () => join(folder, 'films'), ...more } });
const http = (name: string): Visit =>
  visit(`http://127.0.0.1:${(camera.address() as AddressInfo).port}/${name}`);

describe('an answer that is nothing we have a reader for', () => {
  it('goes live in its own time and ends as it does: passed on, coded anew, or known by its first bytes', async () => {
    const names = ['film.mkv', 'old.avi', 'film.ts', 'film.flv'];
    const visits = names.map((name) => ({ name, one: http(name) }));
    for (const { name, one } of visits) {
      await until(() => one.told.includes('live'), 15_000);
      expect(one.tracks[0], name).toEqual([expect.stringMatching(/^avc1\./), 'mp4a.40.2']);
      expect(await one.fault()).toBe('closed_by_camera');
      // FLV is taken as a camera sends it, at once.
      if (name === 'film.flv') continue;
      expect(one.of('video').length, name).toBeGreaterThanOrEqual(48);
      const [first, last] = [one.of('video')[0]!, one.of('video').at(-1)!];
      expect(last.seconds - first.seconds, name).toBeGreaterThan(1.8);
      expect(one.counters).toMatchObject({ lost: 0, dropped: 0 });
    }
  });

  it.each([
    ['page.html', 'text/html'],
    ['text.txt', 'what comes cannot be read'],
    ['empty', 'the camera ended the answer'],
  ])('%s is refused with the reason', async (name, words) => {
    const one = http(name);
    await one.fault();
    expect(String(await one.error)).toContain(words);
  });
});

describe('a file', () => {
  it('plays again and again in real time, be it a container or a transport stream', async () => {
    const visits = ['file:film.mkv', 'file:///inner.ts'].map((url) => ({ url, one: visit(url) }));
    for (const { url, one } of visits) {
      await until(() => one.of('video').length > 70, 20_000);
      const times = one.of('video').map(({ seconds }) => seconds);
      const steps = times.slice(1).map((time, at) => time - times[at]!);
      expect(Math.min(...steps), url).toBeGreaterThan(0);
      expect(Math.max(...steps), url).toBeLessThan(0.5);
      expect(one.tracks).toHaveLength(1);
      expect(one.over).toBe(false);
    }
  });

  it.each([
    ['file:link.ts', 'target_denied'],
    ['file:../secret.ts', 'target_denied'],
    ['file:%2e%2e/secret.ts', 'target_denied'],
    ['file:///etc/passwd', 'not_found'],
    ['file:..', 'target_denied'],
    ['file:none.ts', 'not_found'],
    ['file:pipe', 'not_found'],
    ['file:', 'not_found'],
    ['file:a%00b', 'not_found'],
    ['file:%zz', 'not_found'],
    ['file:empty', 'no_playable_track'],
    ['file:text.txt', 'no_playable_track'],
  ])('%s: %s', async (url, fault) => {
    expect(await visit(url).fault()).toBe(fault);
  });

  it('is played nowhere unless a folder is named', async () => {
    const one = visit('file:film.ts', { folder: () => undefined });
    expect(await one.fault()).toBe('target_denied');
  });
});
