import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { processesWith } from './processes.ts';

const EXECUTABLE = process.env['NIGHTJAR_CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** Chromium without a window and with a profile of its own, which goes when it goes. */
export class Browser implements AsyncDisposable {
  readonly page: Page;
  /** What pages said at level error, and exceptions nobody caught. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #profile: string;

  private constructor(context: BrowserContext, page: Page, profile: string) {
    this.#context = context;
    this.page = page;
    this.#profile = profile;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** `more`: flags of the browser's own. */
  static async start(size = { width: 1280, height: 800 }, more: readonly string[] = []): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'nightjar-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: EXECUTABLE,
      headless: true,
      args: [...FLAGS, ...more],
      viewport: size,
      env: { ...process.env, NIGHTJAR_E2E_PROFILE: profile },
    });
    const page = context.pages()[0] ?? (await context.newPage());
    return new Browser(context, page, profile);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    for (const { pid } of await processesWith(`NIGHTJAR_E2E_PROFILE=${this.#profile}`)) {
      process.kill(pid, 'SIGKILL');
    }
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
