import { type Finding, lineAt, type Repository, type Rule } from '../rules/rule.ts';

/** The table of programs of others that the tests run; its words and the tests it names are written by hand. */
export const CLIENTS_PAGE = 'docs/reference/clients.md';
/** The last cell of a row: `[a.test.ts](../../x/a.test.ts): title; title`. */
const PROOF = /\| \[[^\]]+\]\(\.\.\/\.\.\/([^)]+)\): ([^|\n]+) \|$/gm;
const ROW = /^\| (?!-|Program \|)[^\n]+\|$/gm;

/** Every row names a test, and every test that a row names is there. */
export const clients: Rule = {
  name: 'clients',
  find(repository: Repository) {
    const page = repository.files.find(({ path }) => path === CLIENTS_PAGE);
    if (page === undefined) return [];
    const at = (index: number, message: string): Finding => ({
      path: CLIENTS_PAGE,
      line: lineAt(page.text, index),
      message,
    });
    const bare = [...page.text.matchAll(ROW)].filter(([row]) => !row.match(PROOF));
    const findings = bare.map(({ index }) => at(index, 'a row without a test'));
    for (const { index, 1: path = '', 2: titles = '' } of page.text.matchAll(PROOF)) {
      const text = repository.files.find((file) => file.path === path)?.text ?? '';
      for (const title of titles.split('; ')) {
        if (!text.includes(title)) findings.push(at(index, `${path} has no test “${title}”`));
      }
    }
    return findings;
  },
};
