import type { Page } from 'playwright-core';
import type { ProductPage } from '../harness/index.ts';

/** The page of alerts, used as a person does. */
export class AlertsPage {
  readonly #product: ProductPage;
  readonly #page: Page;

  private constructor(product: ProductPage) {
    this.#product = product;
    this.#page = product.page;
  }

  /** Signs in and goes there. */
  static async open(product: ProductPage, password: string): Promise<AlertsPage> {
    await product.goto('/');
    await product.signInAs('admin', password);
    await product.page.locator('nav a[href="/alerts"]:visible').click();
    await product.page.locator('[data-page="alerts"]').waitFor();
    return new AlertsPage(product);
  }

  /** Fills the form that the page makes of the channel's schema; resolves to the secret where one is shown. */
  async addChannel(
    name: string,
    kind: string,
    settings: Readonly<Record<string, string>>,
  ): Promise<string | null> {
    await this.#product.tab('channels');
    await this.#product.part('new-channel').click();
    await this.#product.dialog.locator('select').first().selectOption(kind);
    await this.#page.locator('input[name="channel-name"]').fill(name);
    for (const [key, value] of Object.entries(settings)) {
      const field = this.#page.locator(`[name="channel.${key}"]`);
      if (await field.evaluate((element) => (element as { tagName: string }).tagName === 'SELECT'))
        await field.selectOption(value);
      else await field.fill(value);
    }
    await this.#product.submit();
    await this.#page.locator(`[data-channel="${kind}"]`).waitFor();
    if (kind !== 'webhook') return null;
    const secret = await this.#product.dialog.locator('pre').textContent();
    await this.#page.keyboard.press('Escape');
    await this.#product.dialog.waitFor({ state: 'detached' });
    return secret;
  }

  /** Presses the button that sends a test, and waits until the page says that it arrived. */
  async tryChannel(kind: string): Promise<void> {
    const row = this.#page.locator(`[data-channel="${kind}"]`);
    await row.locator('[data-part="test-channel"]').click();
    await row.locator('[data-delivered="true"]').waitFor();
  }

  /** A rule that tells at once when any camera is offline. */
  async addRule(name: string, channels: readonly string[]): Promise<void> {
    await this.#product.tab('rules');
    await this.#product.part('new-rule').click();
    await this.#page.locator('input[name="rule-name"]').fill(name);
    await this.#page.locator('input[name="for_seconds"]').fill('0');
    for (const channel of channels) await this.#page.locator(`[data-channel-name="${channel}"]`).check();
    await this.#product.saved();
  }

  /** Waits until the list says so. */
  async sees(kind: string, camera: string): Promise<void> {
    await this.#product.goto('/alerts');
    await this.#page.locator(`[data-alert="${kind}"]`, { hasText: camera }).waitFor();
  }

  /** Waits until the newest of a channel's log was delivered. */
  async wasDelivered(kind: string): Promise<void> {
    await this.#product.tab('channels');
    await this.#page.locator(`[data-channel="${kind}"] [data-part="deliveries-of"]`).click();
    await this.#product.dialog
      .locator('[data-delivery]')
      .first()
      .and(this.#page.locator('[data-delivery="delivered"]'))
      .waitFor();
    await this.#page.keyboard.press('Escape');
    await this.#product.dialog.waitFor({ state: 'detached' });
  }
}
