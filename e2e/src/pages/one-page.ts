import type { Page } from 'playwright-core';
import { Browser, Installation, ProductPage, SyntheticCameras } from '../harness/index.ts';

/** Of the administrator in an installation whose page is used. */
export const PASSWORD = 'Zt4kQ9xWv7Lm2Rb8';
export const WIDE = { width: 1440, height: 900 };

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
