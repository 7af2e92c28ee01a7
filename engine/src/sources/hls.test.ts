import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../testing/index.ts';
import { Visit } from './testing/visit.ts';

const LOGIN = `Basic ${Buffer.from('bob:s3cret').toString('base64')}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightjar-hls-source-'));
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25', '-f', 'lavfi', '-i', 'sine=r=48000'];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac'];
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_list_size', '0', '-hls_playlist_type', 'vod'];
  const run = promisify(execFile);
  await writeFile(join(folder, 'own.key'), 'sixteen bytes 16');
  await writeFile(join(folder, 'own.info'), ['own.key', join(folder, 'own.key')].join('\n'));
  for (const more of [
    ['ts.m3u8'],
    ['-hls_key_info_file', 'own.info', 'own.m3u8'],
    ['-hls_segment_type', 'fmp4', '-hls_flags', 'single_file', 'mp4.m3u8'],
  ]) {
    await run('ffmpeg', ['-v', 'error', ...inputs, '-t', '3', ...codecs, ...hls, ...more], { cwd: folder });
  }
});
afterAll(() => rm(folder, { recursive: true }));

let camera: Server;
let asked: { path: string; authorization: string | undefined; range: string | undefined }[];
let playlist: string | undefined;
beforeEach(async () => {
  asked = [];
  playlist = undefined;
  camera = createServer((request, response) => {
    const path = request.url!.slice(1);
    const { authorization, range } = request.headers;
    asked.push({ path, authorization, range });
    if (path === 'endless') {
      response.writeHead(200, { 'content-type': 'video/mp2t' });
      void readFile(join(folder, 'ts0.ts')).then((bytes) => response.write(bytes));
    } else if (path === 'moved') response.writeHead(302, { location: '/ts.m3u8' }).end();
    else if (path === 'made.m3u8') response.end(playlist);
    else if (path.startsWith('locked') && authorization !== LOGIN) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="cam"' }).end();
    } else {
      readFile(join(folder, path.replace('locked-', ''))).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    }
  });
  camera.listen(0, '127.0.0.1');
  await once(camera, 'listening');
});
afterEach(async () => {
  await Visit.endAll();
  camera.closeAllConnections();
  await new Promise((resolve) => camera.close(resolve));
});

const visit = (path: string, login = {}): Visit =>
  new Visit({ url: `http://127.0.0.1:${(camera.address() as AddressInfo).port}/${path}`, ...login });

describe('an HLS source', () => {
  it.each(['ts.m3u8', 'mp4.m3u8', 'own.m3u8', 'moved', 'locked-ts.m3u8'])(
    '%s goes live with picture and sound',
    async (path) => {
      const one = visit(path, { username: 'bob', password: 's3cret' });
      await until(() => one.told.includes('live') && one.of('video').length > 10, 10_000);
      expect(one.tracks).toEqual([[expect.stringMatching(/^avc1\./), 'mp4a.40.2']]);
      expect(one.counters).toMatchObject({ lost: 0, dropped: 0 });
      // Who does not ask for a login does not get it.
      if (path === 'ts.m3u8')
        expect(asked.every(({ authorization }) => authorization === undefined)).toBe(true);
      if (path === 'mp4.m3u8') expect(asked.some(({ range }) => range?.startsWith('bytes='))).toBe(true);
    },
  );

  it('MPEG-TS without an end goes live as well', async () => {
    const one = visit('endless');
    await until(() => one.told.includes('live') && one.of('video').length > 10, 10_000);
    expect(one.tracks).toEqual([[expect.stringMatching(/^avc1\./), 'mp4a.40.2']]);
  });

  it('that has ended is lost, and says so', async () => {
    playlist = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nts0.ts\n#EXT-X-ENDLIST\n';
    const one = visit('made.m3u8');
    expect(await one.fault()).toBe('closed_by_camera');
    expect(String(await one.error)).toContain('the playlist has ended');
    expect(one.of('video').length).toBe(25);
  });

  const listing = (uri: string): string => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${uri}\n`;
  const keyed = (key: string): string => listing(`own0.ts`).replace('#EXTINF', `#EXT-X-KEY:${key}\n#EXTINF`);
  it.each([
    ['a segment that is not there', listing('none.ts'), 'not_found'],
    ['a segment where nobody may go', listing('http://169.254.169.254/latest/meta-data'), 'target_denied'],
    ['a key where nobody may go', keyed('METHOD=AES-128,URI="http://169.254.169.254/key"'), 'target_denied'],
    ['samples that are encrypted', keyed('METHOD=SAMPLE-AES,URI="own.key"'), 'protocol_error'],
    ['a playlist that is none', 'hello', 'protocol_error'],
    ['a segment that is none', listing('made.m3u8'), 'protocol_error'],
  ])('%s: told as %3$s', async (_what, text, fault) => {
    playlist = text;
    expect(await visit('made.m3u8').fault()).toBe(fault);
  });
});
