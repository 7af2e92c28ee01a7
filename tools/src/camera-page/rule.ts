import { type Finding, isTest, lineAt, type Repository, type Rule } from '../rules/rule.ts';

/** The table of camera behaviours: its words are written by hand, its last column by `npm run cameras`. */
export const CAMERAS_PAGE = 'docs/reference/cameras.md';
const QUIRKS = 70;
/** Where the synthetic camera's behaviours are listed, each of which one test plays. */
const SPOKEN = /^media\/src\/testing\/quirks\/spoken\/[a-z-]+\.ts$/;
const SPOKEN_TEST = 'media/src/testing/quirks/quirks.test.ts';
const ENTRY = /\bquirk\(\s*(\d+),\s*(['"`])(.*?)\2/gs;
/** A title of a test, a table's row or a group: `quirk 17: …`, `quirks 54, 56: …`, `… (quirk 50)`. */
const TITLE = /(['"`])((?:(?!\1)[^\n])*\bquirks? \d+(?:(?!\1)[^\n])*)\1/g;
const NUMBERS = /\bquirks? (\d+(?:, (?:quirk )?\d+)*)/g;
const ROW = /^\| (\d+) \| ([^|\n]+) \| ([^|\n]+) \|([^\n]*)\|$/gm;

interface Proof {
  readonly path: string;
  readonly title: string;
}

function numbersOf(title: string): number[] {
  return [...title.matchAll(NUMBERS)].flatMap(([, list = '']) => (list.match(/\d+/g) ?? []).map(Number));
}

function proofsOf(repository: Repository): Map<number, Proof[]> {
  const proofs = new Map<number, Proof[]>();
  const add = (number: number, proof: Proof) => proofs.set(number, [...(proofs.get(number) ?? []), proof]);
  for (const { path, text } of repository.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (SPOKEN.test(path) && !isTest(path)) {
      for (const [, number, , name = ''] of text.matchAll(ENTRY)) {
        add(Number(number), { path: SPOKEN_TEST, title: `quirk ${number}: ${name}` });
      }
    }
    if (!isTest(path) || path.startsWith('tools/')) continue;
    for (const [, , title = ''] of text.matchAll(TITLE)) {
      for (const number of new Set(numbersOf(title))) add(number, { path, title });
    }
  }
  return proofs;
}

/** Titles by file, what a table cell can hold. */
function cell(proofs: readonly Proof[]): string {
  const byFile = Map.groupBy(proofs, ({ path }) => path);
  const ofFile = ([path, own]: [string, Proof[]]) => {
    const titles = [...new Set(own.map(({ title }) => title.replaceAll('|', '/')))];
    return `[${path.split('/').at(-1)}](../../${path}): ${titles.join('; ')}`;
  };
  return [...byFile].map(ofFile).join('<br>');
}

/** The page with its last column filled in from the tests of today. */
export function withProofs(page: string, repository: Repository): string {
  const proofs = proofsOf(repository);
  return page.replace(ROW, (_row, number: string, behaviour: string, done: string) => {
    const own = proofs.get(Number(number)) ?? [];
    return `| ${number} | ${behaviour} | ${done} | ${own.length > 0 ? cell(own) : 'none yet'} |`;
  });
}

/** Every behaviour of the list has a row and a test that names its number, and the page names them all. */
export const cameras: Rule = {
  name: 'cameras',
  find(repository) {
    const page = repository.files.find(({ path }) => path === CAMERAS_PAGE);
    if (page === undefined) return [];
    const findings: Finding[] = [];
    const lines = new Map(
      [...page.text.matchAll(ROW)].map((row) => [Number(row[1]), lineAt(page.text, row.index)]),
    );
    const proofs = proofsOf(repository);
    for (let number = 1; number <= QUIRKS; number++) {
      const line = lines.get(number);
      if (line === undefined) findings.push({ path: page.path, message: `no row for quirk ${number}` });
      else if (!proofs.has(number))
        findings.push({ path: page.path, line, message: `no test names quirk ${number}` });
    }
    if (withProofs(page.text, repository) !== page.text)
      findings.push({ path: page.path, message: 'names other tests than there are: npm run cameras' });
    return findings;
  },
};
