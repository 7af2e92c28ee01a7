import type { Page } from 'playwright-core';
import { eventually } from '../harness/index.ts';

/** One page of the guide, and what is done on it before its picture is taken. */
export interface Shot {
  readonly name: string;
  readonly path: string;
  /** Selectors that are pressed, one after another. */
  readonly press?: readonly string[];
  /** What shows that the page is there. */
  readonly until?: string;
  /** Pictures that move are waited for. */
  readonly playing?: boolean;
  /** Figures that are drawn while somebody looks: milliseconds of looking. */
  readonly lookMs?: number;
  /** Recorded pictures are waited for. */
  readonly still?: boolean;
}

const tab = (name: string): string => `[data-tab="${name}"]`;
/** A shape is drawn over the camera's picture, which is there. */
const EDITED = '.polygons img[data-picture="there"]';
const way = (name: string): string => `[data-way="${name}"]`;

/** Every page of the application. `NOW` in a path is the moment 12 s ago: some seconds of footage are there by then. */
export const SHOTS: readonly Shot[] = [
  { name: 'wall', path: '/', until: '.tile', playing: true },
  {
    name: 'arrange',
    path: '/',
    press: ['[data-part="layouts"]', '[data-part="new-layout"]'],
    until: '[data-part="arrange"]',
  },
  { name: 'camera', path: '/cameras/yard', until: '[data-object]', playing: true },
  {
    name: 'camera-health',
    path: '/cameras/yard',
    press: [tab('health')],
    until: '[data-chart]',
    playing: true,
  },
  { name: 'camera-settings', path: '/cameras/yard', press: [tab('settings')], until: '[data-part="pushes"]' },
  {
    name: 'camera-hours',
    path: '/cameras/yard',
    press: [tab('settings'), '[data-part="schedule"] button', 'input[value="hours"]'],
    until: '.week',
  },
  {
    name: 'camera-privacy',
    path: '/cameras/yard',
    press: [
      ...[tab('settings'), '[data-part="privacy"] button', '[role="dialog"] [role="switch"]'],
      ...['[data-cover="polygons"]', '[data-part="new-area"]'],
    ],
    until: EDITED,
  },
  {
    name: 'camera-detection',
    path: '/cameras/yard?tab=settings',
    press: ['[data-part="detection"] button', '[data-part="new-area"]'],
    until: EDITED,
  },
  {
    name: 'camera-events',
    path: '/cameras/yard?tab=settings',
    press: ['[data-part="recording-events"] button', 'input[value="events"]'],
    until: '[data-trigger]',
  },
  {
    name: 'camera-publish',
    path: '/cameras/drone',
    press: [tab('publish')],
    until: '[data-part="publish"] img',
  },
  {
    name: 'timeline',
    path: '/timeline?cameras=yard,door&at=NOW',
    until: '[data-phase="paused"]',
    still: true,
  },
  { name: 'recordings', path: '/recordings', until: '[data-recording]' },
  { name: 'events', path: '/events', until: '[data-part="feed"]' },
  { name: 'alerts', path: '/alerts', until: '[data-page="alerts"]' },
  { name: 'alert-rules', path: '/alerts', press: [tab('rules')], until: 'li strong' },
  {
    name: 'alert-rule',
    path: '/alerts',
    press: [tab('rules'), '[data-part="new-rule"]', '[data-part="quiet-hours"] [role="switch"]'],
    until: 'input[name="quiet-from"]',
  },
  { name: 'alert-channels', path: '/alerts', press: [tab('channels')], until: '[data-channel]' },
  { name: 'bookmarks', path: '/bookmarks', until: '[data-bookmark="ready"] img' },
  { name: 'snapshots', path: '/bookmarks', press: [tab('snapshots')], until: '[data-snapshot="ready"] img' },
  { name: 'dashboard', path: '/dashboard', until: '[data-part="storage"]' },
  { name: 'cameras', path: '/cameras', until: 'tbody tr' },
  { name: 'add-camera', path: '/cameras/new', until: 'input[name="camera-url"]' },
  { name: 'add-discovery', path: '/cameras/new', press: [way('discovery')] },
  { name: 'add-brand', path: '/cameras/new', press: [way('brand')], until: 'option' },
  { name: 'add-publish', path: '/cameras/new', press: [way('publish')] },
  { name: 'add-import', path: '/cameras/new', press: [way('import')] },
  { name: 'storage', path: '/storage', until: '[data-part="retention"]' },
  { name: 'people', path: '/people', until: 'tbody tr' },
  { name: 'tokens', path: '/people', press: [tab('tokens')], until: 'tbody tr' },
  { name: 'clients', path: '/people', press: [tab('clients')], until: '[data-client]' },
  { name: 'groups', path: '/people', press: [tab('groups')], until: '[data-group]' },
  { name: 'audit', path: '/people', press: [tab('audit')], until: 'tbody tr' },
  { name: 'system', path: '/system', until: '[data-chart]', lookMs: 12_000 },
  { name: 'configuration', path: '/system', press: [tab('config')], until: 'form fieldset' },
  { name: 'history', path: '/system', press: [tab('history')] },
  { name: 'models', path: '/system?tab=models', until: '[data-model]' },
  { name: 'backup', path: '/system', press: [tab('backup')] },
  { name: 'account', path: '/account', until: '[data-page="account"]' },
];

const WAIT_MS = 30_000;

/** Opens the page of a shot and does what it says. Throws when something of it is not there. */
export async function open(page: Page, base: string, shot: Shot): Promise<void> {
  await page.goto(`${base}${shot.path.replace('NOW', String(Date.now() - 12_000))}`);
  await page.locator('h1').first().waitFor();
  const timeout = { timeout: WAIT_MS };
  for (const selector of shot.press ?? []) await page.locator(selector).first().click(timeout);
  if (shot.until)
    await page
      .locator(shot.until)
      .first()
      .waitFor({ ...timeout, state: 'attached' });
  await page
    .locator('[aria-busy="true"]')
    .first()
    .waitFor({ ...timeout, state: 'detached' });
  if (shot.lookMs) await page.waitForTimeout(shot.lookMs);
  if (shot.still) {
    const there = `[...document.querySelectorAll('video')].every((video) => video.readyState >= 2)`;
    await eventually('pictures', async () => (await page.evaluate(there)) === true, { timeoutMs: WAIT_MS });
    // What was decoded is painted with the next pictures of the screen.
    await page.waitForTimeout(700);
  }
  if (!shot.playing) return;
  const moves = `[...document.querySelectorAll('video')].some((video) => video.currentTime > 0.5)`;
  await eventually('moving pictures', async () => (await page.evaluate(moves)) === true, {
    timeoutMs: WAIT_MS,
  });
}
