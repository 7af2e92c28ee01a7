import { describe, expect, test } from 'vitest';
import { repositoryOf } from '../rules/samples.ts';
import { CAMERAS_PAGE, cameras, withProofs } from './rule.ts';

const row = (number: number, proofs = ' none yet ') => `| ${number} | does | done |${proofs}|`;
const page = (...rows: string[]) => `# Cameras\n\n${rows.join('\n')}\n`;
const all = Array.from({ length: 70 }, (_, index) => index + 1);
const titles = all.map((number) => `it('quirk ${number}: a', x);`).join('\n');
const messages = (files: Readonly<Record<string, string>>) =>
  cameras.find(repositoryOf(files)).map(({ message }) => message);

describe('cameras', () => {
  test('a page with every number and the names of its tests is in order', () => {
    const files = { 'media/src/a.test.ts': titles };
    const text = withProofs(page(...all.map((number) => row(number))), repositoryOf(files));
    expect(text).toContain('| 7 | does | done | [a.test.ts](../../media/src/a.test.ts): quirk 7: a |');
    expect(messages({ ...files, [CAMERAS_PAGE]: text })).toEqual([]);
    expect(messages({})).toEqual([]);
  });

  test('a number without row, one without test and a stale column are told', () => {
    const files = { 'media/src/a.test.ts': titles.replace("'quirk 8:", "'8:") };
    const rows = all.filter((number) => number !== 70).map((number) => row(number));
    expect(messages({ ...files, [CAMERAS_PAGE]: page(...rows) })).toEqual([
      'no test names quirk 8',
      'no row for quirk 70',
      'names other tests than there are: npm run cameras',
    ]);
  });

  test.each([
    ["it('quirk 3: b', x)", 'quirk 3: b'],
    ["it.each([['quirks 2, 3: c', 1]])", 'quirks 2, 3: c'],
    ['describe("quirk 2, quirk 3", x)', 'quirk 2, quirk 3'],
    ["describe('fragments (quirk 3)', x)", 'fragments (quirk 3)'],
  ])('%s names quirk 3', (text, title) => {
    expect(withProofs(page(row(3)), repositoryOf({ 'm/a.test.ts': text }))).toContain(`: ${title} |`);
  });

  test('what the synthetic camera speaks counts as the test that plays it; numbers near others do not', () => {
    const files = {
      'media/src/testing/quirks/spoken/video.ts': "quirk(\n  40,\n  'start and end set',\n  x)",
      'm/a.test.ts': "it('quirk 4: d', x)",
    };
    const text = withProofs(page(row(40), row(4)), repositoryOf(files));
    expect(text).toContain('quirks.test.ts): quirk 40: start and end set |');
    expect(text).toContain('a.test.ts): quirk 4: d |');
  });
});
