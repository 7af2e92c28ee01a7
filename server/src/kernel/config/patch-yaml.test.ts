import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type JsonValue, patchYaml } from './patch-yaml.ts';

const FILE = `# Our cameras.
server:
  port: 3100 # behind the proxy

recording:
  # Kept for the insurer.
  retention_days: 30
network: {allow: [10.0.0.0/8]}
`;

describe('a patch of the file', () => {
  test.each<[string, Record<string, JsonValue>, string]>([
    ['another value', { recording: { retention_days: 14 } }, FILE.replace('30', '14')],
    ['nothing', {}, FILE.replace('{allow: [10.0.0.0/8]}', '{ allow: [ 10.0.0.0/8 ] }')],
  ])('%s keeps every comment', (_what, patch, expected) => {
    const normal = expected.replace('{allow: [10.0.0.0/8]}', '{ allow: [ 10.0.0.0/8 ] }');
    expect(patchYaml(FILE, patch)).toBe(normal);
  });

  test.each<[string, string, Record<string, JsonValue>, unknown]>([
    ['an empty file', '', { a: { b: 1 } }, { a: { b: 1 } }],
    ['a file of comments', '# only this\n', { a: { b: [1] } }, { a: { b: [1] } }],
    ['a section that is not there', 'a: {b: 1}\n', { c: { d: 2 } }, { a: { b: 1 }, c: { d: 2 } }],
    ['a section without a value', 'a:\n', { a: { b: 1 } }, { a: { b: 1 } }],
    ['null takes a key out', 'a: {b: 1, c: 2}\n', { a: { b: null } }, { a: { c: 2 } }],
    ['null where nothing is', 'a: {b: 1}\n', { x: null, a: { y: null } }, { a: { b: 1 } }],
    ['a list is replaced whole', 'a: {b: [1, 2]}\n', { a: { b: [3] } }, { a: { b: [3] } }],
    ['text that looks like another kind', 'a: {b: x}\n', { a: { b: 'true' } }, { a: { b: 'true' } }],
  ])('%s', (_what, text, patch, expected) => {
    expect(parse(patchYaml(text, patch))).toEqual(expected);
  });

  test('comments of a file that says nothing stay', () => {
    expect(patchYaml('# only this\n', { a: { b: 1 } })).toContain('# only this');
  });

  test('is a merge of the values, whatever they are', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    const section = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), scalar, { maxKeys: 4 });
    const file = fc.dictionary(fc.stringMatching(/^[a-z]{1,2}$/), section, { maxKeys: 4 });
    fc.assert(
      fc.property(file, file, (before, patch) => {
        const text = patchYaml('# head\n', before);
        const merged: Record<string, unknown> = { ...before };
        for (const [key, values] of Object.entries(patch)) merged[key] = { ...before[key], ...values };
        expect(parse(patchYaml(text, patch)) ?? {}).toEqual(merged);
        expect(patchYaml(text, patch)).toContain('# head');
      }),
    );
  });
});
