import { expect, it } from 'vitest';
import { Browser, eventually, OneCamera, ProductPage } from '../harness/index.ts';

/** Bytes a second of a network that the original does not fit through. */
const NARROW = 80_000;

it.runIf(process.env['NIGHTJAR_SOAK'] === '1')(
  'the page shows a smaller picture of a camera where the network is narrow, and it moves',
  { timeout: 120_000 },
  async () => {
    await using camera = await OneCamera.start();
    await using browser = await Browser.start();
    const { page } = browser;
    const product = new ProductPage(page, camera.api);
    await product.signIn('?way=hls');
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    await product.open('yard');
    const through = { downloadThroughput: NARROW, uploadThroughput: NARROW, latency: 20, offline: false };
    await network.send('Network.emulateNetworkConditions', through);
    const seen = async () =>
      product.video('yard').evaluate((element) => {
        const { videoHeight, currentTime } = element as { videoHeight: number; currentTime: number };
        return { height: videoHeight, time: currentTime };
      });
    const small = await eventually(
      'a smaller picture',
      async () => {
        const now = await seen();
        return now.height > 0 && now.height < 720 && now;
      },
      { timeoutMs: 80_000, everyMs: 250 },
    );
    await eventually('that moves', async () => (await seen()).time > small.time + 2, { timeoutMs: 20_000 });
    expect(small.height).toBe(240);
  },
);
