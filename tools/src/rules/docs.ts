import { posix } from 'node:path';
import { type Finding, isTest, lineAt, type Repository, type Rule, type SourceFile } from './rule.ts';

const LINK = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const SCRIPT = /\bnpm run ([a-z][\w:-]*)/g;
const SUBCOMMAND = /\.\/nightjar ([a-z][\w-]*)/g;
const IN_TICKS = /`((?:[\w.-]|\{[\w.,/-]+\})+(?:\/(?:[\w.-]|\{[\w.,/-]+\})+)+)\/?`/g;
const DOCUMENT = /(?<![\w/.-])docs\/[\w/-]+\.md/g;

/** Anchors of a Markdown text as forges make them from headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map((match) => match[1] ?? '');
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

function brokenLink(file: SourceFile, href: string, repository: Repository): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('/')) return undefined;
  const [raw = '', anchor] = href.split('#');
  const target =
    raw === ''
      ? file.path
      : posix.normalize(posix.join(posix.dirname(file.path), decodeURIComponent(raw))).replace(/\/$/, '');
  const exists = repository.paths.some((path) => path === target || path.startsWith(`${target}/`));
  if (!exists) return `broken link: ${href}`;
  const text = repository.files.find((other) => other.path === target && target.endsWith('.md'))?.text;
  if (anchor === undefined || anchor === '' || text === undefined) return undefined;
  return anchorsOf(text).has(anchor) ? undefined : `no heading for ${href}`;
}

/** Every relative link of a Markdown file leads somewhere, its anchor included. */
export const links: Rule = {
  name: 'links',
  find(repository) {
    const findings: Finding[] = [];
    for (const file of repository.files) {
      if (!file.path.endsWith('.md')) continue;
      for (const match of file.text.matchAll(LINK)) {
        const message = brokenLink(file, match[1] ?? '', repository);
        if (message !== undefined) {
          findings.push({ path: file.path, line: lineAt(file.text, match.index), message });
        }
      }
    }
    return findings;
  },
};

function known(repository: Repository): { scripts: Set<string>; subcommands: Set<string> } {
  const scripts = new Set<string>();
  for (const file of repository.files) {
    if (posix.basename(file.path) !== 'package.json') continue;
    const manifest = JSON.parse(file.text) as { scripts?: Record<string, string> };
    for (const name of Object.keys(manifest.scripts ?? {})) scripts.add(name);
  }
  const launcher = repository.files.find((file) => file.path === 'nightjar')?.text ?? '';
  const labels = launcher.matchAll(/^ {2}([a-z][a-z |-]*)\)/gm);
  const subcommands = new Set(
    [...labels].flatMap((match) => (match[1] ?? '').split('|').map((it) => it.trim())),
  );
  return { scripts, subcommands };
}

/** Every `npm run X` and `./nightjar X` that a Markdown file names exists. */
export const commands: Rule = {
  name: 'commands',
  find(repository) {
    const { scripts, subcommands } = known(repository);
    const findings: Finding[] = [];
    for (const file of repository.files) {
      if (!file.path.endsWith('.md')) continue;
      for (const [pattern, set] of [[SCRIPT, scripts] as const, [SUBCOMMAND, subcommands] as const]) {
        for (const match of file.text.matchAll(pattern)) {
          if (set.has(match[1] ?? '')) continue;
          const message = `there is no \`${match[0]}\``;
          findings.push({ path: file.path, line: lineAt(file.text, match.index), message });
        }
      }
    }
    return findings;
  },
};

/** `a/{b,c}.ts` as `a/b.ts` and `a/c.ts`. */
function spelledOut(path: string): string[] {
  const braces = /\{([^}]*)\}/.exec(path);
  if (braces === null) return [path];
  const [whole, inside = ''] = braces;
  return inside.split(',').flatMap((part) => spelledOut(path.replace(whole, part)));
}

/** What a text names of the repository: in Markdown whatever stands in backticks, elsewhere a document. */
function* named({ path, text }: SourceFile, tops: ReadonlySet<string>): Generator<[string, number]> {
  for (const match of text.matchAll(path.endsWith('.md') ? IN_TICKS : DOCUMENT)) {
    for (const one of spelledOut(match[1] ?? match[0])) {
      // What is built is not in the tree.
      if (tops.has(one.split('/')[0] ?? '') && !/\/dist(\/|$)/.test(one)) yield [one, match.index];
    }
  }
}

/** Every file or folder that a Markdown file names from the root, and every document that a source names, exists. */
export const paths: Rule = {
  name: 'paths',
  find(repository) {
    const known = new Set(
      repository.paths.flatMap((path) =>
        [...path.matchAll(/\/|$/g)].map(({ index }) => path.slice(0, index)),
      ),
    );
    const tops = new Set(
      repository.paths.filter((path) => path.includes('/')).map((path) => path.split('/')[0] ?? ''),
    );
    const files = repository.files.filter(({ path }) => !isTest(path));
    return files.flatMap((file) =>
      [...named(file, tops)]
        .filter(([path]) => !known.has(path))
        .map(([path, index]) => ({
          path: file.path,
          line: lineAt(file.text, index),
          message: `there is no ${path}`,
        })),
    );
  },
};
