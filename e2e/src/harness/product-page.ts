import type { Locator, Page } from 'playwright-core';
import type { ApiClient } from './api.ts';
import { type PageVideo, type PlaybackFacts, watchVideo } from './in-page.ts';

/** The product's page in a browser, used as a person does. */
export class ProductPage {
  readonly page: Page;
  readonly #api: ApiClient;

  constructor(page: Page, api: ApiClient) {
    this.page = page;
    this.#api = api;
  }

  /**
   * Opens the page, with `query` such as `?way=mse`, and signs in with the token; the wall of cameras is there
   * when it resolves.
   */
  async signIn(query = ''): Promise<void> {
    await this.page.goto(`${this.#api.base}/${query}`);
    await this.page.locator('[data-way="token"]').click();
    await this.page.locator('input[name="token"]').fill(this.#api.token);
    await this.page.locator('button[type="submit"]').click();
    await this.page.locator('.wall').waitFor();
  }

  /** Fills the form of who signs in, which is there, with a name and a password. */
  async signInAs(username: string, password: string): Promise<void> {
    await this.page.locator('input[name="username"]').fill(username);
    await this.page.locator('input[name="password"]').fill(password);
    await this.page.locator('button[type="submit"]').click();
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(`${this.#api.base}${path}`);
  }

  /** What the page calls by this name. */
  part(name: string): Locator {
    return this.page.locator(`[data-part="${name}"]`);
  }

  get dialog(): Locator {
    return this.page.locator('[role="dialog"]');
  }

  /** Sends the form of the dialog; `saved` waits until it is gone as well. */
  async submit(): Promise<void> {
    await this.dialog.locator('button[type="submit"]').click();
  }

  async saved(): Promise<void> {
    await this.submit();
    await this.dialog.waitFor({ state: 'detached' });
  }

  async tab(name: string): Promise<void> {
    await this.page.locator(`[data-tab="${name}"]`).click();
  }

  /** A camera's tile on the wall. */
  tile(id: string): Locator {
    return this.page.locator(`button[data-stream="${id}"]`);
  }

  video(id: string): Locator {
    return this.page.locator(`video[data-stream-id="${id}"]`);
  }

  /** From the wall to one camera. */
  async open(id: string): Promise<void> {
    await this.tile(id).click();
    await this.page.locator('.stream-page').waitFor();
  }

  async backToWall(): Promise<void> {
    await this.page.locator('.stream-head a').click();
    await this.page.locator('.wall').waitFor();
  }

  /** Waits until the element's time moves. */
  async playing(id: string, timeoutMs = 15_000): Promise<void> {
    const video = await this.video(id).elementHandle();
    const moves = (element: unknown) =>
      (element as PageVideo).currentTime > 0 && (element as PageVideo).videoWidth > 0;
    await this.page.waitForFunction(moves, video, { timeout: timeoutMs });
  }

  /** What the camera's video element shows for `ms`. */
  async watch(id: string, ms: number): Promise<PlaybackFacts> {
    return (await this.video(id).evaluate(watchVideo as never, ms)) as PlaybackFacts;
  }
}
