import type { Locator, Page } from 'playwright-core';

/** The page of alerts, used as a person does. */
export class AlertsPage {
  readonly #page: Page;
  readonly #base: string;

  private constructor(page: Page, base: string) {
    this.#page = page;
    this.#base = base;
  }

  /** Signs in and goes there. */
  static async open(page: Page, base: string, password: string): Promise<AlertsPage> {
    await page.goto(base);
    await page.locator('input[name="username"]').fill('admin');
    await page.locator('input[name="password"]').fill(password);
    await page.locator('button[type="submit"]').click();
    await page.locator('nav a[href="/alerts"]:visible').click();
    await page.locator('[data-page="alerts"]').waitFor();
    return new AlertsPage(page, base);
  }

  get #dialog(): Locator {
    return this.#page.locator('[role="dialog"]');
  }

  async #tab(name: string): Promise<void> {
    await this.#page.locator(`[data-tab="${name}"]`).click();
  }

  async #save(): Promise<void> {
    await this.#dialog.locator('button[type="submit"]').click();
  }

  /** Fills the form that the page makes of the channel's schema; resolves to the secret where one is shown. */
  async addChannel(
    name: string,
    kind: string,
    settings: Readonly<Record<string, string>>,
  ): Promise<string | null> {
    await this.#tab('channels');
    await this.#page.locator('[data-part="new-channel"]').click();
    await this.#dialog.locator('select').first().selectOption(kind);
    await this.#page.locator('input[name="channel-name"]').fill(name);
    for (const [key, value] of Object.entries(settings)) {
      const field = this.#page.locator(`[name="channel.${key}"]`);
      if (await field.evaluate((element) => (element as { tagName: string }).tagName === 'SELECT'))
        await field.selectOption(value);
      else await field.fill(value);
    }
    await this.#save();
    await this.#page.locator(`[data-channel="${kind}"]`).waitFor();
    if (kind !== 'webhook') return null;
    const secret = await this.#dialog.locator('pre').textContent();
    await this.#page.keyboard.press('Escape');
    await this.#dialog.waitFor({ state: 'detached' });
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
    await this.#tab('rules');
    await this.#page.locator('[data-part="new-rule"]').click();
    await this.#page.locator('input[name="rule-name"]').fill(name);
    await this.#page.locator('input[name="for_seconds"]').fill('0');
    for (const channel of channels) await this.#page.locator(`[data-channel-name="${channel}"]`).check();
    await this.#save();
    await this.#dialog.waitFor({ state: 'detached' });
  }

  /** Waits until the list says so. */
  async sees(kind: string, camera: string): Promise<void> {
    await this.#page.goto(`${this.#base}/alerts`);
    await this.#page.locator(`[data-alert="${kind}"]`, { hasText: camera }).waitFor();
  }

  /** Waits until the newest of a channel's log was delivered. */
  async wasDelivered(kind: string): Promise<void> {
    await this.#tab('channels');
    await this.#page.locator(`[data-channel="${kind}"] [data-part="deliveries-of"]`).click();
    await this.#dialog
      .locator('[data-delivery]')
      .first()
      .and(this.#page.locator('[data-delivery="delivered"]'))
      .waitFor();
    await this.#page.keyboard.press('Escape');
    await this.#dialog.waitFor({ state: 'detached' });
  }
}
