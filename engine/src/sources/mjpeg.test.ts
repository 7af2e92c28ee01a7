import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../testing/index.ts';
import { Visit } from './testing/visit.ts';

const picture = await readFile(new URL('../../../media/testdata/codecs/q30.jpg', import.meta.url));

describe('a camera that sends JPEG pictures over HTTP', () => {
  let camera: Server;
  let type: string;
  let ends: (() => void)[];
  beforeEach(async () => {
    ends = [];
    camera = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': type });
      const timer = setInterval(() => {
        response.write(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`);
        response.write(picture);
        response.write('\r\n');
      }, 10);
      response.on('close', () => clearInterval(timer));
      ends.push(() => response.end());
    });
    camera.listen(0, '127.0.0.1');
    await once(camera, 'listening');
  });
  afterEach(async () => {
    await Visit.endAll();
    camera.closeAllConnections();
    await new Promise((resolve) => camera.close(resolve));
  });
  const visit = () =>
    new Visit({ url: `http://127.0.0.1:${(camera.address() as AddressInfo).port}/video.cgi` });

  it.each([
    'multipart/x-mixed-replace; boundary=frame',
    'multipart/x-mixed-replace;boundary="--frame"',
    'Multipart/Mixed',
  ])('quirk 48: %s goes live, and is lost when the answer ends', async (named) => {
    type = named;
    const one = visit();
    await until(() => one.told.includes('live') && one.of('video').length >= 5);
    expect(one.tracks).toEqual([['mp4v.6C']]);
    ends[0]!();
    expect(await one.fault()).toBe('closed_by_camera');
    expect(one.tracks.at(-1)).toEqual([]);
  });

  it('a page is no camera', async () => {
    type = 'text/html';
    expect(await visit().fault()).toBe('no_playable_track');
  });
});
