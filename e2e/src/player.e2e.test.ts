import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, eventually, type Installation, OneCamera, ProductPage } from './harness/index.ts';

const WAYS = ['webrtc', 'mse', 'hls', 'mjpeg'] as const;

interface Viewing {
  viewers: { protocol: string; bytes: number; who: string; address: string }[];
  total: number;
}

let one: OneCamera;
let installation: Installation;

beforeAll(async () => {
  one = await OneCamera.start();
  installation = one.installation;
});
afterAll(() => one?.[Symbol.asyncDispose]());

async function watching(): Promise<Viewing> {
  return (await installation.api.expect(200, 'GET', '/api/viewers')) as Viewing;
}

/** A browser that was there before is still counted for a moment. */
const nobodyWatches = () =>
  eventually('nobody to watch', async () => (await watching()).total === 0, { timeoutMs: 15_000 });

/** What of the element is used inside the page; this room is compiled without the DOM's types. */
interface ElementPage {
  document: {
    createElement(name: string): { setAttribute(name: string, value: string): void };
    querySelector(selector: string): {
      state: { phase: string; protocol: string } | null;
      shadowRoot: { querySelector(selector: string): { currentTime: number; videoWidth: number } };
    } | null;
  };
}

describe('the player', () => {
  it('plays by each of its ways, says by which, and is counted as a viewer of it', async () => {
    for (const way of WAYS) {
      await using browser = await Browser.start();
      const product = new ProductPage(browser.page, installation.api);
      await product.signIn(`?way=${way}`);
      await product.open('yard');
      await product.playing('yard');
      const facts = await product.watch('yard', 2000);
      expect(facts).toMatchObject({ width: 1280, height: 720 });
      expect(facts.changes, way).toBeGreaterThan(25);
      const said = product.page.locator('.player-protocol');
      expect(await said.getAttribute('data-protocol')).toBe(way);
      const counted = async () =>
        (await watching()).viewers.find(({ protocol, bytes }) => protocol === way && bytes > 0);
      expect(await eventually(`a viewer by ${way}`, counted, { timeoutMs: 5000 })).toMatchObject({
        who: 'api_token:environment',
        address: '127.0.0.1',
      });
      expect(browser.complaints).toEqual([]);
    }
  });

  it('falls back to the next way, and says why', async () => {
    await using browser = await Browser.start();
    await browser.page.route('**/whep/**', (route) =>
      route.fulfill({ status: 422, json: { error: { message: 'the picture has B-frames' } } }),
    );
    const product = new ProductPage(browser.page, installation.api);
    await product.signIn();
    await product.open('yard');
    await product.playing('yard');
    const said = product.page.locator('.player-protocol');
    await said.waitFor();
    expect(await said.getAttribute('data-protocol')).toBe('mse');
    expect(await said.getAttribute('title')).toBe('WebRTC was given up: the picture has B-frames');
  });

  it('resumes by itself when the engine was killed', async () => {
    await using browser = await Browser.start();
    const product = new ProductPage(browser.page, installation.api);
    await product.signIn('?way=mse,hls');
    await product.open('yard');
    await product.playing('yard');
    await installation.engine.kill();
    await installation.startEngine();
    const moves = async () => (await product.watch('yard', 1000)).changes > 10;
    await pause(1000);
    await eventually('the picture to move again', moves, { timeoutMs: 20_000 });
  });

  it('stands on a page of another site with nothing but a ticket', async () => {
    const { api } = installation;
    await nobodyWatches();
    const { ticket } = (await api.expect(201, 'POST', '/live/yard/ticket')) as { ticket: string };
    await using browser = await Browser.start();
    const element = `<nightjar-player stream="yard" ticket="${ticket}" muted></nightjar-player>`;
    const script = `<script type="module" src="${api.base}/nightjar-player.js"></script>`;
    const elsewhere = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html>${script}${element}`);
    });
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    await browser.page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/a`);
    await browser.page.waitForFunction(() => {
      const page = globalThis as unknown as ElementPage;
      const player = page.document.querySelector('nightjar-player');
      const video = player?.shadowRoot?.querySelector('video');
      return player?.state?.protocol === 'mse' && video !== undefined && video.currentTime > 0;
    });
    expect((await watching()).viewers).toMatchObject([{ protocol: 'mse' }]);
    elsewhere.closeAllConnections();
    elsewhere.close();
  });

  it('brings a camera on demand to life, which rests again after the last viewer', async () => {
    const { api } = installation;
    const source_url = one.cameras.urls[0]!;
    await api.expect(201, 'POST', '/api/streams', {
      id: 'gate',
      source_url,
      on_demand: { enabled: true, grace: 1 },
    });
    const state = async () => (await api.stream('gate')).state;
    await pause(1000);
    expect(await state()).not.toBe('live');
    await using browser = await Browser.start();
    const product = new ProductPage(browser.page, api);
    await product.signIn('?way=mse');
    await product.open('gate');
    await product.playing('gate');
    expect(await state()).toBe('live');
    await browser.page.goto('about:blank');
    await eventually('the camera to rest', async () => (await state()) === 'stopped', { timeoutMs: 15_000 });
  });
});
