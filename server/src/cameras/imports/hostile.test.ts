import { MAX_IMPORT_TEXT } from '@nightjar/contract/platform';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainError } from '../../kernel/index.ts';
import { readCameras } from './read.ts';
import { readYaml, type YamlMap } from './yaml.ts';

const filled = (piece: string): string => piece.repeat(Math.floor(MAX_IMPORT_TEXT / piece.length));

/** Ten times the last, twelve times over: 10^12 if anybody copied it. */
const laughs = (merge: string) => [
  `a0: &a0 {${merge === '<<' ? 'x: rtsp://10.0.0.1/' : 'x: y'}}`,
  ...Array.from({ length: 12 }, (_none, at) => {
    const names = Array.from({ length: 10 }, () => `*a${at}`).join(', ');
    return `a${at + 1}: &a${at + 1} {${merge}: [${names}]}`;
  }),
];
const bomb = (merge: string) => [...laughs(merge), 'streams:', '  a: *a12', '  <<: *a12'].join('\n');

const answerOf = (text: string): unknown => {
  try {
    return readCameras(text, undefined).drafts.length;
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    return (error as Error).message;
  }
};

describe('files that are made to cost', () => {
  test.each<[string, string]>([
    ['a thousand laughs', bomb('x')],
    ['a thousand laughs by merging', bomb('<<')],
    ['an alias of itself', 'streams: &s {a: *s}'],
    ['an alias of nothing', 'streams: {a: *nowhere}'],
    ['lists in lists', filled('[')],
    ['maps in maps', `streams: ${filled('{a: ')}`],
    ['dashes', `streams:\n${filled('- ')}`],
    ['questions', filled('? ')],
    ['one key again and again', `streams: {${filled('a: b, ')}}`],
    ['very many keys', `streams:\n${Array.from({ length: 20_000 }, (_n, at) => `  k${at}: x`).join('\n')}`],
    ['anchors', filled('&a ')],
    ['an endless quote', `streams: "${filled('\\x')}`],
    ['comments', filled('#\n')],
    ['documents', filled('---\n')],
    ['a key of the language', 'streams: {__proto__: {a: b}, constructor: rtsp://10.0.0.1/x}'],
    ['quotes without end', `name,url\n${filled('"')}`],
    ['one row of all', `name,url\n${filled(',')}`],
    ['a head of all', `name,${filled('url,')}`],
  ])('%s is answered', { timeout: 20_000 }, (_what, text) => {
    const before = process.cpuUsage();
    answerOf(text.slice(0, MAX_IMPORT_TEXT));
    const { user } = process.cpuUsage(before);
    // Measured: the slowest takes 1 s; what is quadratic takes 14 s and more.
    expect(user / 1e6).toBeLessThan(10);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  test('merging is bounded, an alias is the thing itself', () => {
    const shared = readYaml('a: &a {x: 1}\nb: [*a, *a]\n');
    const list = (shared as YamlMap).get('b') as YamlMap[];
    expect(list[0]).toBe(list[1]);
    const keys = Array.from({ length: 3_000 }, (_n, at) => `k${at}: 1`).join(', ');
    const text = `a: &a {${keys}}\nb: [${Array.from({ length: 10 }, () => '{<<: *a}').join(', ')}]`;
    expect(() => readYaml(text)).toThrow(/merges more keys/);
  });

  test('whatever it is, the answer is cameras or a reason', () => {
    const words = fc.constantFrom(
      ...[
        'streams:',
        'paths:',
        'cameras:',
        'ffmpeg:',
        'inputs:',
        '\n',
        '  ',
        '- ',
        '&a ',
        '*a',
        '<<: ',
        '{',
        '}',
      ],
      ...[
        '[',
        ']',
        '"',
        "'",
        'rtsp://10.0.0.1/x',
        'name,url\n',
        ',',
        ';',
        '|',
        '>',
        '!!js',
        '%',
        '\t',
        '\u{1F426}',
      ],
    );
    const text = fc.array(fc.oneof(words, fc.string({ maxLength: 6 })), { maxLength: 60 });
    fc.assert(
      fc.property(text, (parts) => {
        answerOf(parts.join(''));
      }),
      { numRuns: 2_000, seed: 41 },
    );
  });
});
