import { readClockBar } from '@nightjar/media/testing';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { Browser, Installation, ProductPage, SyntheticCameras } from '../harness/index.ts';

/** Of the administrator in an installation whose page is used. */
export const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** Of the camera. */
export const PICTURE = { width: 1280, height: 720 };

export interface OnePageOptions {
  /** Cameras that answer; which of them are added is the test's. */
  readonly cameras: number;
  /** For what is waited for in the page, 30 s unless told. */
  readonly timeoutMs?: number;
}

/** What tests of the page begin with: cameras, an installation whose administrator has a password, and a browser. */
export class OnePage implements AsyncDisposable {
  readonly cameras: SyntheticCameras;
  readonly installation: Installation;
  readonly browser: Browser;
  readonly page: Page;
  readonly product: ProductPage;

  private constructor(cameras: SyntheticCameras, installation: Installation, browser: Browser) {
    this.cameras = cameras;
    this.installation = installation;
    this.browser = browser;
    this.page = browser.page;
    this.product = new ProductPage(browser.page, installation.api);
  }

  static async start(options: OnePageOptions): Promise<OnePage> {
    const [cameras, installation, browser] = await Promise.all([
      SyntheticCameras.start({ count: options.cameras }),
      Installation.start({ env: { NIGHTJAR_ADMIN_PASSWORD: PASSWORD } }),
      Browser.start(WIDE),
    ]);
    browser.page.setDefaultTimeout(options.timeoutMs ?? 30_000);
    return new OnePage(cameras, installation, browser);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
    await this.installation[Symbol.asyncDispose]();
    await this.cameras[Symbol.asyncDispose]();
  }
}

/** What the clock bar of the first picture shows, in milliseconds of the minute; undefined where none can be read. */
export async function clockOf(shown: Page): Promise<number | undefined> {
  const data = (await shown.evaluate(`(() => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, ${JSON.stringify(PICTURE)});
    const context = canvas.getContext('2d');
    context.drawImage(document.querySelector('video'), 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let text = '';
    for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
    return btoa(text);
  })()`)) as string;
  return readClockBar({ data: Buffer.from(data, 'base64'), ...PICTURE });
}

/** What axe-core finds of serious and critical faults of the page as it is shown. */
export async function faultsOf(shown: Page): Promise<string[]> {
  await shown.evaluate(axe.source);
  const run = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`;
  return (await shown.evaluate(run)) as string[];
}
