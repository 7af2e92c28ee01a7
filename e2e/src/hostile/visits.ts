import type { Page } from 'playwright-core';

/** A page of the application, what is pressed there, and the places of the store whose texts it then shows. */
interface Visit {
  readonly path: string;
  /** What is there when the page is shown. */
  readonly there: string;
  /** In turn: what is pressed (or chosen, as in `select=value`), and what is seen after it. */
  readonly steps: readonly (readonly [press: string | undefined, places: readonly string[]])[];
}

const tab = (name: string): string => `[data-tab="${name}"]`;

/** Every page, with every tab. */
export const VISITS: readonly Visit[] = [
  { path: '/', there: '.wall', steps: [['[data-part="layouts"]', ['layout']]] },
  { path: '/dashboard', there: '[data-page="dashboard"]', steps: [[undefined, ['camera']]] },
  {
    path: '/alerts',
    there: '[data-page="alerts"]',
    steps: [
      [undefined, ['camera']],
      [tab('rules'), ['rule']],
      [tab('channels'), ['channel']],
      ['li:has([data-part="deliveries-of"]) button:last-child', []],
    ],
  },
  { path: '/events', there: '[data-page="events"]', steps: [[undefined, ['camera']]] },
  { path: '/recordings', there: '[data-page="recordings"]', steps: [[undefined, []]] },
  {
    path: '/bookmarks',
    there: '[data-page="captures"]',
    steps: [
      ['[data-page="captures"] select=yard', ['bookmark', 'tag']],
      [tab('snapshots'), []],
    ],
  },
  { path: '/timeline?cameras=yard', there: '[data-page="timeline"]', steps: [[undefined, ['bookmark']]] },
  { path: '/storage', there: '[data-page="storage"]', steps: [[undefined, []]] },
  {
    path: '/people',
    there: '[data-page="people"]',
    steps: [
      [tab('tokens'), ['token']],
      [tab('clients'), ['client']],
      [tab('groups'), ['group']],
      [tab('audit'), ['path']],
    ],
  },
  {
    path: '/system',
    there: '[data-page="system"]',
    steps: [
      [tab('config'), ['provider']],
      [tab('history'), []],
      [tab('backup'), []],
    ],
  },
  { path: '/cameras', there: '[data-page="cameras"]', steps: [[undefined, []]] },
  { path: '/cameras/new', there: '[data-page="add-camera"]', steps: [[undefined, []]] },
  { path: '/account', there: 'h1', steps: [[undefined, ['agent']]] },
  { path: '/cameras/hostile', there: '.stream-page', steps: [[undefined, ['reason']]] },
  { path: '/cameras/cam-0', there: '.stream-page', steps: [[tab('settings'), ['push', 'device']]] },
  { path: '/cameras/xss-0', there: '.stream-page', steps: [[tab('settings'), ['address']]] },
];

/** Everything a reader of the page may see: its texts, what is written in its fields, and its attributes. */
const SHOWN = `[
  document.title,
  document.body.innerText,
  ...[...document.querySelectorAll('*')].flatMap((element) => [
    ...[...element.attributes].map(({ value }) => value),
    typeof element.value === 'string' ? element.value : '',
  ]),
].join('\\n')`;

/** Handlers and frames that no page of ours has. */
const FOREIGN = `document.querySelectorAll('[onerror],[onload],[srcdoc],a[href^="javascript:"]').length`;

async function press(page: Page, what: string): Promise<void> {
  const [selector = '', chosen] = what.split(/=(?=\w+$)/);
  if (chosen === undefined) await page.locator(what).first().click();
  else await page.locator(selector).first().selectOption(chosen);
}

/** Of these places those whose texts are not seen within 10 s. */
async function missed(page: Page, places: readonly string[]): Promise<readonly string[]> {
  const until = Date.now() + 10_000;
  for (;;) {
    const shown = await page.evaluate<string>(SHOWN);
    const missing = places.filter((place) => !shown.includes(`~${place}`));
    if (missing.length === 0 || Date.now() > until) return missing;
    await page.waitForTimeout(100);
  }
}

/** Goes to a page and presses what is there; answers what was not seen, and the elements that are not ours. */
export async function visit(
  page: Page,
  base: string,
  { path, there, steps }: Visit,
): Promise<{ unseen: string[]; foreign: number }> {
  const unseen: string[] = [];
  let foreign = 0;
  await page.goto(`${base}${path}`);
  await page.locator(there).first().waitFor();
  for (const [pressed, places] of steps) {
    if (pressed !== undefined) await press(page, pressed);
    const missing = await missed(page, places);
    unseen.push(...missing.map((place) => `${place} at ${path}`));
    foreign += await page.evaluate<number>(FOREIGN);
  }
  return { unseen, foreign };
}
