import { describe, expect, test } from 'vitest';
import { importsOf, roomOf, workspaceOf } from './imports.ts';

const keyword = 'import';

describe('importsOf', () => {
  test.each([
    [`${keyword} x from './a.ts';`, ['./a.ts']],
    [`${keyword} type { A } from "../a.ts";`, ['../a.ts']],
    [`${keyword} {\n  a,\n  type B,\n} from './b.ts';`, ['./b.ts']],
    [`${keyword} './effect.ts';`, ['./effect.ts']],
    [`${keyword} * as all from 'node:net';`, ['node:net']],
    ["export * from './all.ts';", ['./all.ts']],
    ["export { a } from './one.ts';", ['./one.ts']],
    [`const x = await ${keyword}('./late.ts');`, ['./late.ts']],
    [`${keyword} a from 'a';\n${keyword} b from 'b';`, ['a', 'b']],
    [`// ${keyword} x from './comment.ts';`, []],
    [` * ${keyword} x from './doc.ts';`, []],
    ["export const from = './value.ts';", []],
    ["export function read() {\n  return './text.ts';\n}", []],
  ])('%j', (text, specifiers) => {
    const found = importsOf({ path: 'a/src/f.ts', text });
    expect(found.map((entry) => entry.specifier)).toEqual(specifiers);
  });

  test('says the line and where a relative one leads', () => {
    const text = `const a = 1;\n${keyword} {\n  b,\n} from '../b/index.ts';`;
    expect(importsOf({ path: 'media/src/a/f.ts', text })).toEqual([
      { from: 'media/src/a/f.ts', specifier: '../b/index.ts', line: 4, target: 'media/src/b/index.ts' },
    ]);
  });
});

test.each([
  ['media/src/rtp/packet.ts', 'media', 'rtp'],
  ['media/src/rtp/payloads/aac.ts', 'media', 'rtp'],
  ['server/src/main.ts', 'server', ''],
  ['vitest.config.ts', '', ''],
])('%s lies in workspace %j, room %j', (path, workspace, room) => {
  expect([workspaceOf(path), roomOf(path)]).toEqual([workspace, room]);
});
