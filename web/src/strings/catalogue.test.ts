import { parseAst } from 'vite';
import { describe, expect, it } from 'vitest';
import { en } from './en/index.ts';
import { readLanguage } from './index.ts';
import { ko } from './ko/index.ts';

type Entry = readonly [path: string, value: unknown];

function entries(value: unknown, path: string): Entry[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    entries(inner, path === '' ? key : `${path}.${key}`),
  );
}

const ENGLISH = entries(en, '');
const KOREAN = new Map(entries(ko, ''));
/** The same in both: names of things, and signs. */
const SAME =
  /^(locale|app\.name|language\.|player\.protocol\.|publish\.names\.|models\.layouts\.|alerts\.channels\.|unit\.(bytes|bits)\.|.*\.(unknown|rate|fps|lossValue|title)$)/;
/** Text of an entry, whatever it is given. */
const said = (value: unknown): string =>
  typeof value === 'function' ? String(value(...[2, 3, 4].slice(0, value.length))) : String(value);

describe('the catalogue', () => {
  it('has every entry in both languages, and nothing else', () => {
    expect([...KOREAN.keys()].toSorted()).toEqual(ENGLISH.map(([path]) => path).toSorted());
  });

  it('takes the same values in both', () => {
    for (const [path, value] of ENGLISH) {
      if (typeof value !== 'function') continue;
      const other = KOREAN.get(path) as (...args: unknown[]) => string;
      expect(other.length, path).toBe(value.length);
    }
  });

  it('is translated', () => {
    const untranslated = ENGLISH.filter(([path, value]) => {
      if (SAME.test(path) || said(value) === '') return false;
      return !/[가-힣]/.test(said(KOREAN.get(path))) && /[a-z]{3}/i.test(said(value));
    });
    expect(untranslated.map(([path]) => path)).toEqual([]);
  });
});

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Every file of markup, by its path. */
const MARKUP = import.meta.glob<string>('../**/*.tsx', { query: '?raw', import: 'default', eager: true });
/** Attributes that people read or hear. */
const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label', 'hint', 'aria-valuetext']);
/** What stands for itself in every language. */
const EXAMPLES = new Set(['front-door', 'rtsp://', 'rtmp://', 'Nightjar']);

/** What people would read or hear of one node. */
function spokenBy(node: Node): string {
  if (node.type === 'JSXText') return String(node['value']);
  if (node.type !== 'JSXAttribute') return '';
  const name = (node['name'] as Node)['name'];
  const given = node['value'] as Node | null;
  return typeof name === 'string' && SPOKEN.has(name) && given?.type === 'Literal'
    ? String(given['value'])
    : '';
}

/** Words in the markup that are of no catalogue. */
function hardCoded(file: string, text: string): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const words = spokenBy(value as Node).trim();
    if (/\p{L}{2}/u.test(words) && !EXAMPLES.has(words)) found.push(`${file}: ${words}`);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(parseAst(text, { lang: 'tsx' }));
  return found;
}

describe('the markup', () => {
  it('says nothing by itself', () => {
    expect(Object.keys(MARKUP).length).toBeGreaterThan(30);
    expect(Object.entries(MARKUP).flatMap(([file, text]) => hardCoded(file, text))).toEqual([]);
  });
});

describe('readLanguage', () => {
  const stored = (value: string | null) => ({ getItem: () => value });
  it.each([
    [null, ['ko-KR', 'en'], 'ko'],
    [null, ['fr', 'ko'], 'ko'],
    [null, ['fr'], 'en'],
    [null, [], 'en'],
    ['ko', ['en-US'], 'ko'],
    ['en', ['ko'], 'en'],
    ['xx', ['ko'], 'ko'],
  ] as const)('%s and %j: %s', (choice, spoken, language) =>
    expect(readLanguage(stored(choice), spoken)).toBe(language),
  );
});
